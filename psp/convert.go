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

// The sources. Most properties are about what the audit log alone tells; some can
// be seen at work in system calls.
const (
	K8sAudit Source = "k8s_audit"
	Syscall  Source = "syscall"
)

// Sources returns all sources, in the order of a rules file.
func Sources() []Source { return []Source{K8sAudit, Syscall} }

// Options say how rules are written. The zero value is what the command does
// without flags.
type Options struct {
	// Sources are the sources that rules are written for; empty for all.
	Sources []Source
	// NamePrefix begins the names of all rules, macros and lists, so that
	// conversions can stand beside each other; empty for none.
	NamePrefix string
	// Namespaces are those that the rules are about, beside the ones that a policy
	// names itself; empty for all.
	Namespaces []string
	// NoMutations leaves out the rules about defaults that admission would set.
	NoMutations bool
}

// check returns an error for options that rules cannot express.
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

// Kind is what a rule tells of a pod.
type Kind string

// The kinds of rules.
const (
	// Violation is about what admission refuses.
	Violation Kind = "Violation"
	// Mutation is about what admission sets.
	Mutation Kind = "Mutation"
	// Limit is about pods with more of something than the rules look at.
	Limit Kind = "Limit"
)

// RuleInfo is what is told of a rule that was written.
type RuleInfo struct {
	Name string `json:"name"`
	// Of is the name of the policy, or the level of the standard.
	Of string `json:"of"`
	// Property is the property of the policy, or the check of the standard, or the
	// list that a Limit is about.
	Property string `json:"property"`
	Kind     Kind   `json:"kind"`
	Source   Source `json:"source"`
}

// Note is something that the rules do not say, or not as the document has it.
type Note struct {
	Of       string `json:"of"`
	Property string `json:"property"`
	Text     string `json:"text"`
	// lost says that no rule can be written.
	lost bool
}

func (n Note) String() string { return fmt.Sprintf("%s: %s: %s", n.Of, n.Property, n.Text) }

// Conversion is what became of policies or of a standard.
type Conversion struct {
	// Rules are the rules in the order of the file.
	Rules []RuleInfo
	// Notes are what is to be known of them, most of it to stand in the file, too.
	Notes []Note

	sections []section
	size     counter // of the sections
}

// section is the part of a rules file about one policy, or the standard.
type section struct {
	title string
	notes []Note
	rules []rule
	tests []sampleTest
}

// rulesOf returns the rules of a source.
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

// maxCondition is how many bytes a condition may have with its macros. Falco takes
// more, but nobody reads that.
const maxCondition = 1 << 20

// maxRulesFile is how many bytes the rules may have to be loaded.
const maxRulesFile = 16 << 20

// Convert writes rules for policies. It fails if two policies have the same name, if
// there are too many for one rules file, or if a namespace of the options is invalid.
func Convert(policies []*Policy, options Options) (*Conversion, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	c := &Conversion{}
	seen := map[string]bool{}
	var prefixes, names []string
	for _, p := range policies {
		if seen[p.Name] {
			return nil, fmt.Errorf("there are two policies %q", p.Name)
		}
		seen[p.Name] = true
		prefix := unusedPrefix(prefixes, options.NamePrefix, p.Name)
		prefixes = append(prefixes, prefix)
		name := unusedName(names, p.Name)
		names = append(names, name)
		b := &builder{options: options, of: p.Name, prefix: prefix, tag: "k8s-psp", words: policyWords(name)}
		b.title = "PodSecurityPolicy " + p.Name
		b.rulePrefix = leading(options.NamePrefix) + "PSP " + name + " "
		b.scope(p.Images, append(slices.Clone(p.Namespaces), options.Namespaces...))
		b.policy(p)
		b.policyTests(p, append(slices.Clone(p.Namespaces), options.Namespaces...))
		if len(policies) > 1 {
			b.besideOthers()
		}
		c.add(b)
		if c.size > maxRulesFile {
			return nil, fmt.Errorf("the rules would have more than %d bytes: convert fewer policies at once", maxRulesFile)
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

// Sources returns the sources that have rules.
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

// macroPrefix returns what the names of macros begin with.
func macroPrefix(parts ...string) string {
	parts = slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" })
	prefix := identifier(strings.Join(parts, "_"))
	if c := prefix[0]; c >= '0' && c <= '9' || c == '_' {
		prefix = "p" + prefix // names begin with a letter
	}
	return prefix
}

// unusedPrefix returns what the names of a policy's macros begin with: none of them
// may be one of another policy, as psp_a_b_c might be of a or of a-b.
func unusedPrefix(used []string, namePrefix, policy string) string {
	prefix := macroPrefix(namePrefix, "psp", policy)
	for n := 2; slices.ContainsFunc(used, func(u string) bool {
		return strings.HasPrefix(prefix+"_", u+"_") || strings.HasPrefix(u+"_", prefix+"_")
	}); n++ {
		prefix = macroPrefix(namePrefix, "psp"+strconv.Itoa(n), policy)
	}
	return prefix
}

// unusedName returns what the rules of a policy call it, where no other one may be
// called so: a%b and a_b are both printable as a_b.
func unusedName(used []string, policy string) string {
	name := printable(policy)
	for n := 2; slices.Contains(used, name); n++ {
		name = printable(policy) + " " + strconv.Itoa(n)
	}
	return name
}

func leading(prefix string) string {
	if prefix == "" {
		return ""
	}
	return printable(prefix) + " "
}

// printable returns a name as it may stand in outputs, where a percent sign begins
// a field.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '%' || !strconv.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
}

// builder puts a section together.
type builder struct {
	section
	options    Options
	of         string
	prefix     string // of macros and lists
	rulePrefix string
	tag        string
	words      words

	// created and patched hold for the events that the views are about, contained
	// for system calls in containers.
	created, patched, contained expr
}

// scope sets which events the rules are about.
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

// inList holds for a value that is in a list of the rules file.
func (b *builder) inList(f field, name string, items []string) expr {
	return f.inList(&list{b.prefix + "_" + name, items})
}

// policy adds the rules of a policy.
func (b *builder) policy(p *Policy) {
	for _, d := range p.Doubts {
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

// auditRule adds a rule over audit events, if there are pods that it is about.
func (b *builder) auditRule(kind Kind, property, detail, title string, holds func(view) expr, limited limits) {
	events := []expr{b.created, b.patched}
	var children []expr
	seen := limits{}
	for i, v := range views(b.prefix) {
		if x := holds(v); x.op != opNever {
			seen.see(x)
			children = append(children, and(events[i], x))
		}
	}
	x := or(children...)
	if x.op == opNever {
		return
	}
	if text := x.tooLong(); text != "" {
		b.note(property, "cannot be expressed: a constant may have 255 bytes, and one is needed that has more: "+short(text), true)
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
	r.Name = b.ruleName(kind, detailed(kind, property, detail), b.words.auditSuffix)
	r.desc, r.output = b.words.audit(kind, property, detail, title)
	r.output += " (user=%ka.user.name pod=%ka.resp.name ns=%ka.target.namespace images=%ka.req.pod.containers.image)"
	return r
}

func (b *builder) ruleName(kind Kind, property, suffix string) string {
	return fmt.Sprintf("%s%s (%s)%s", b.rulePrefix, kind, property, suffix)
}

// detailed returns the name of a property with what follows it in names of rules.
func detailed(kind Kind, property, detail string) string {
	if detail == "" || kind == Limit {
		return property
	}
	return property + "=" + detail
}

func (b *builder) note(property, text string, lost bool) {
	b.notes = append(b.notes, Note{b.of, property, text, lost})
}

// definitions returns the macros and lists that rules use, in the order in which
// they have to be defined.
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
