package psp

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Source is an event source that rules are written for.
type Source string

// The event sources. All properties can be checked in the audit log, and some of them
// also in system calls.
const (
	K8sAudit Source = "k8s_audit"
	Syscall  Source = "syscall"
)

// Sources returns all event sources, k8s_audit first.
func Sources() []Source { return []Source{K8sAudit, Syscall} }

// Options configures a conversion. The zero value writes all rules for all namespaces.
type Options struct {
	// Sources are the event sources to write rules for; empty for all.
	Sources []Source
	// NamePrefix begins the names of all rules, macros and lists, so that Falco can load
	// several conversions together.
	NamePrefix string
	// Namespaces restricts the rules to pods in these namespaces and in those that a
	// policy names itself; empty for no restriction.
	Namespaces []string
	// NoMutations leaves out the Mutation rules.
	NoMutations bool
}

// check returns an error if a source is unknown or a namespace invalid.
func (o Options) check() error {
	for _, s := range o.Sources {
		if !slices.Contains(Sources(), s) {
			return fmt.Errorf("unknown source %q: want k8s_audit or syscall", s)
		}
	}
	for _, name := range o.Namespaces {
		if err := checkNamespace(name); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) has(s Source) bool { return len(o.Sources) == 0 || slices.Contains(o.Sources, s) }

// Kind is the kind of a rule.
type Kind string

// The kinds of rules.
const (
	// Violation rules fire on pods that the admission controller would have rejected.
	Violation Kind = "Violation"
	// Mutation rules fire on pods for which the controller would have set a default.
	Mutation Kind = "Mutation"
	// Limit rules fire on pods with more containers or volumes than the rules check.
	Limit Kind = "Limit"
)

// RuleInfo describes a rule.
type RuleInfo struct {
	Name string `json:"name"`
	// Of is the name of the policy, or the level of the standard.
	Of string `json:"of"`
	// Property is the property of the policy, the check of the standard, or the list
	// that a Limit rule is about.
	Property string `json:"property"`
	Kind     Kind   `json:"kind"`
	Source   Source `json:"source"`
}

// Note reports a problem with a property: the policy has a warning, or no rule can
// express the property.
type Note struct {
	// Of and Property are those of [RuleInfo].
	Of       string `json:"of"`
	Property string `json:"property"`
	Text     string `json:"text"`
	// notExpressed is set if there is no rule for the property.
	notExpressed bool
}

// String returns the note as "of: property: text".
func (n Note) String() string { return fmt.Sprintf("%s: %s: %s", n.Of, n.Property, n.Text) }

// Conversion is the result of [Convert] or [Standard].
type Conversion struct {
	// Rules describes the rules, in the order in which they are written.
	Rules []RuleInfo
	// Notes reports problems. They are also comments in the rules files.
	Notes []Note

	sections []section
	size     counter // of the sections
}

// section is the part of a rules file for one policy, or for one level.
type section struct {
	title string
	notes []Note
	rules []rule
	tests []sampleTest
}

// rulesOf returns the rules for a source.
func (s *section) rulesOf(source Source) []rule {
	var out []rule
	for _, r := range s.rules {
		if r.Source == source {
			out = append(out, r)
		}
	}
	return out
}

// list is a list of a rules file.
type list struct {
	name  string
	items []string
}

// rule is a rule of a rules file.
type rule struct {
	RuleInfo
	desc      string
	condition expr
	output    string
	priority  string
	tags      []string
}

// maxCondition is the maximum length of a condition with its macros, in bytes. Falco
// accepts more, but such a condition is of no use to anyone.
const maxCondition = 1 << 20

// maxRulesFile is the maximum size of a rules file that the loader accepts, in bytes.
const maxRulesFile = 16 << 20

// Convert converts policies to rules. It returns an error if two policies have the same
// name, if the rules are too large for one file, or if the options have an unknown
// source or an invalid namespace.
func Convert(policies []*Policy, options Options) (*Conversion, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	c := &Conversion{}
	seen := map[string]bool{}
	var prefixes, names []string
	for _, p := range policies {
		if seen[p.Name] {
			return nil, fmt.Errorf("duplicate policy %q", p.Name)
		}
		seen[p.Name] = true
		prefix := unusedPrefix(prefixes, options.NamePrefix, p.Name)
		prefixes = append(prefixes, prefix)
		name := unusedName(names, p.Name)
		names = append(names, name)
		b := &builder{options: options, of: p.Name, prefix: prefix, tag: "k8s-psp", wording: policyWording(name)}
		b.title = "PodSecurityPolicy " + p.Name
		b.rulePrefix = withSpace(options.NamePrefix) + "PSP " + name + " "
		b.scope(p.Images, append(slices.Clone(p.Namespaces), options.Namespaces...))
		b.policy(p)
		b.policyTests(p, append(slices.Clone(p.Namespaces), options.Namespaces...))
		if len(policies) > 1 {
			b.checkOwnRulesOnly()
		}
		c.add(b)
		if c.size > maxRulesFile {
			return nil, fmt.Errorf("the rules have more than %d bytes: convert fewer policies at once", maxRulesFile)
		}
	}
	return c, nil
}

func (c *Conversion) add(b *builder) {
	for _, r := range b.rules {
		c.Rules = append(c.Rules, r.RuleInfo)
	}
	c.Notes = append(c.Notes, b.notes...)
	c.sections = append(c.sections, b.section)
	for _, s := range Sources() {
		b.section.write(&c.size, s)
	}
}

// Sources returns the event sources that have rules.
func (c *Conversion) Sources() []Source {
	return slices.DeleteFunc(Sources(), func(s Source) bool {
		return !slices.ContainsFunc(c.Rules, func(r RuleInfo) bool { return r.Source == s })
	})
}

// counter counts the bytes that are written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// macroPrefix joins parts to a prefix for the names of macros.
func macroPrefix(parts ...string) string {
	parts = slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" })
	prefix := identifier(strings.Join(parts, "_"))
	if c := prefix[0]; c >= '0' && c <= '9' || c == '_' {
		prefix = "p" + prefix // names begin with a letter
	}
	return prefix
}

// unusedPrefix returns the prefix for a policy's macros. It prevents that macros of two
// policies get the same name, like psp_a_b_c for both a and a-b.
func unusedPrefix(used []string, namePrefix, policy string) string {
	prefix := macroPrefix(namePrefix, "psp", policy)
	for n := 2; slices.ContainsFunc(used, func(u string) bool {
		return strings.HasPrefix(prefix+"_", u+"_") || strings.HasPrefix(u+"_", prefix+"_")
	}); n++ {
		prefix = macroPrefix(namePrefix, "psp"+strconv.Itoa(n), policy)
	}
	return prefix
}

// unusedName returns the name of a policy in the names of its rules. It is unique,
// although printable returns a_b for both a%b and a_b.
func unusedName(used []string, policy string) string {
	name := printable(policy)
	for n := 2; slices.Contains(used, name); n++ {
		name = printable(policy) + " " + strconv.Itoa(n)
	}
	return name
}

// withSpace returns a prefix for the names of rules.
func withSpace(prefix string) string {
	if prefix == "" {
		return ""
	}
	return printable(prefix) + " "
}

// printable replaces characters that do not print, and the percent sign, which begins a
// field in outputs.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '%' || !strconv.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
}

// builder builds a section.
type builder struct {
	section
	options    Options
	of         string
	prefix     string // of macros and lists
	rulePrefix string
	tag        string
	wording    wording

	// created and patched hold for events that create or patch a pod, contained for
	// system calls in containers.
	created, patched, contained expr
}

// scope restricts the rules to pods with these images in these namespaces.
func (b *builder) scope(images, namespaces []string) {
	requested, patched, inContainer, inNamespace := always, always, always, always
	if len(images) > 0 {
		requested = b.inList("ka.req.pod.containers.image.repository", "images", images)
		patched = views(b.prefix)[1].images(images)
		inContainer = b.inList("container.image.repository", "container_images", images)
	}
	if len(namespaces) > 0 {
		inNamespace = b.inList("ka.target.namespace", "namespaces", namespaces)
		inContainer = and(inContainer, b.inList("k8s.ns.name", "container_namespaces", namespaces))
	}
	about := func(x, images expr) expr {
		return and(field("ka.stage").eq("ResponseComplete"), field("ka.target.resource").eq("pods"), x, images, inNamespace)
	}
	sub := field("ka.target.subresource")
	ephemeral := sub.eq("ephemeralcontainers")
	b.created = macro(b.prefix+"_pod", about(or(
		and(field("ka.verb").in("create", "update"), not(sub.exists())),
		and(field("ka.verb").eq("update"), ephemeral),
	), requested))
	b.patched = macro(b.prefix+"_patched_pod", about(and(field("ka.verb").eq("patch"), ephemeral), patched))
	b.contained = macro(b.prefix+"_container", and(field("k8s.pod.name").exists(), inContainer))
}

// inList holds if the value of f is one of items, which become a list of the rules
// file.
func (b *builder) inList(f field, name string, items []string) expr {
	return f.inList(&list{b.prefix + "_" + name, items})
}

// policy adds the rules for a policy.
func (b *builder) policy(p *Policy) {
	for _, d := range p.Warnings {
		b.note(d.Property, d.Text, false)
	}
	limited := limits{}
	for _, prop := range properties {
		detail := ""
		if prop.detail != nil {
			detail = prop.detail(p)
		}
		if b.options.has(K8sAudit) {
			b.audit(prop, detail, p, limited)
		}
		if b.options.has(Syscall) {
			b.activity(prop.name, detail, activities(prop.name, p))
		}
	}
	b.limits(limited)
}

func (b *builder) audit(prop property, detail string, p *Policy, limited limits) {
	if prop.violation != nil {
		b.auditRule(Violation, prop.name, detail, prop.title, func(v view) expr { return prop.violation(p, v) }, limited)
	}
	if prop.mutation != nil && !b.options.NoMutations {
		b.auditRule(Mutation, prop.name, detail, prop.title, func(v view) expr { return prop.mutation(p, v) }, limited)
	}
}

// auditRule adds a rule for audit events, unless it could never fire.
func (b *builder) auditRule(kind Kind, property, detail, title string, holds func(view) expr, limited limits) {
	events := []expr{b.created, b.patched}
	var children []expr
	seen := limits{}
	for i, v := range views(b.prefix) {
		if x := holds(v); x.op != opNever {
			seen.add(x)
			children = append(children, and(events[i], x))
		}
	}
	x := or(children...)
	if x.op == opNever {
		return
	}
	if text := x.tooLong(); text != "" {
		b.note(property, fmt.Sprintf("cannot be expressed: a value exceeds the limit of %d bytes: %s", maxValue, truncate(text)), true)
		return
	}
	if x.size() > maxCondition {
		b.note(property, "cannot be expressed: the condition would be too large", true)
		return
	}
	maps.Copy(limited, seen)
	b.rules = append(b.rules, b.auditText(kind, property, detail, title, x))
}

func (b *builder) auditText(kind Kind, property, detail, title string, x expr) rule {
	r := rule{
		RuleInfo:  RuleInfo{Of: b.of, Property: property, Kind: kind, Source: K8sAudit},
		condition: x,
		priority:  "WARNING",
		tags:      []string{b.tag},
	}
	if kind == Mutation {
		r.priority = "NOTICE"
	}
	r.Name = b.ruleName(kind, detailed(kind, property, detail), b.wording.auditSuffix)
	r.desc, r.output = b.wording.audit(kind, property, detail, title)
	r.output += " (user=%ka.user.name pod=%ka.resp.name ns=%ka.target.namespace images=%ka.req.pod.containers.image)"
	return r
}

func (b *builder) ruleName(kind Kind, property, suffix string) string {
	return fmt.Sprintf("%s%s (%s)%s", b.rulePrefix, kind, property, suffix)
}

// detailed returns the property and its detail, as in the names of rules.
func detailed(kind Kind, property, detail string) string {
	if detail == "" || kind == Limit {
		return property
	}
	return property + "=" + detail
}

func (b *builder) note(property, text string, notExpressed bool) {
	b.notes = append(b.notes, Note{b.of, property, text, notExpressed})
}

// definitions returns the macros and lists that rules use, each after those that it
// uses itself.
func definitions(rules []rule) (macros []expr, lists []list) {
	seen := map[string]bool{}
	first := func(name string) bool {
		known := seen[name]
		seen[name] = true
		return !known
	}
	for _, r := range rules {
		r.condition.walk(func(x expr) {
			if x.op == opMacro && first(x.text) {
				macros = append(macros, x)
			}
			if x.list != nil && first(x.list.name) {
				lists = append(lists, *x.list)
			}
		})
	}
	return macros, lists
}
