package lint

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/auditpolicy"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

var auditPolicy = &Analyzer{
	ID:       "audit-policy",
	Category: K8sAudit,
	Level:    Warning,
	Summary:  "The audit policy of the API server logs too little for a rule.",
	Run:      runAuditPolicy,
}

// AuditPolicy is the audit policy of a Kubernetes API server, for [Options.AuditPolicy].
type AuditPolicy struct{ policy *auditpolicy.Policy }

// ReadAuditPolicy reads an audit policy, which is a YAML or JSON file of kind Policy and
// apiVersion audit.k8s.io/v1. The name is for findings and errors.
//
// The error is a [diag.List] of up to 100 errors: everything for which the API server
// refuses the policy. What the API server ignores, such as unknown keys, becomes findings
// of the analyzer audit-policy.
func ReadAuditPolicy(r io.Reader, name string) (*AuditPolicy, error) {
	policy, errs := auditpolicy.Read(r, name)
	if len(errs) > 0 {
		return nil, errs
	}
	return &AuditPolicy{policy}, nil
}

func runAuditPolicy(p *Pass) {
	for _, w := range p.auditPolicy.Warnings {
		d := p.Report(w.Range, "%s", w.Message)
		d.Line, d.Hint = w.Line, w.Hint
	}
	outputs := map[*loader.Rule][]outputField{}
	for field := range p.outputFields() {
		outputs[field.rule] = append(outputs[field.rule], field)
	}
	left := maxWork
	for c := range auditConditions(p.Rules()) {
		if c.Rule.Enabled && p.Context().Err() == nil {
			f := &feed{p, newFeedAnalysis(p.auditPolicy, c, &left), outputs[c.Rule]}
			f.report()
		}
	}
}

// feed reports what an audit policy withholds from a rule.
type feed struct {
	pass *Pass
	*feedAnalysis
	outputs []outputField
}

func (f *feed) report() {
	parts, state := f.parts()
	switch {
	case state == impossible:
		return
	case state == isStarved:
		f.reportRule(parts, true)
		return
	case slices.ContainsFunc(parts, func(p part) bool { return p.starved }):
		f.reportRule(parts, false)
	default:
		f.reportNarrow(parts)
	}
	f.reportAlternatives(f.condition.Root)
	f.reportOutputs(parts)
}

// reportRule reports a rule that gets too little of some parts, or of all.
func (f *feed) reportRule(parts []part, all bool) {
	var starved []part
	for _, p := range parts {
		if p.starved {
			starved = append(starved, p)
		}
	}
	if len(starved) == 0 { // only subresources that the rule does not name
		return
	}
	what := describe(labelsOf(starved), labelsOf(parts))
	subject, object := "", cmp.Or(what, "its requests")
	if !all {
		subject, object = " for "+what, "them"
	}
	byCause := groupByCause(starved)
	first := byCause[0][0].cause
	effect := "gets no events"
	if first.at != nil { // there may be events without what it needs
		effect = "never fires"
	}
	reason := f.because(first, object)
	if len(byCause) > 1 {
		reason = f.policyName() + " logs too little of " + object
	}
	d := f.pass.ReportRule(f.condition.Rule, "the rule %s%s: %s", effect, subject, reason)
	d.Hint = f.hint(first)
	for _, group := range byCause[:min(len(byCause), maxRelated)] {
		f.relate(d, group[0].cause, cmp.Or(describe(labelsOf(group), labelsOf(parts)), "its requests"))
	}
}

// reportNarrow reports a rule that fires only on events that some rules of the policy select
// by something that the condition leaves open.
func (f *feed) reportNarrow(parts []part) {
	var narrow []part
	var selecting []*auditpolicy.Rule
	for _, p := range parts {
		for i, pt := range p.points {
			rules, why := f.narrow(pt)
			if len(rules) == 0 {
				break
			}
			if i == len(p.points)-1 {
				selecting = append(selecting, rules...)
				narrow = append(narrow, part{label: p.label, cause: why})
			}
		}
	}
	if len(narrow) == 0 {
		return
	}
	subject := ""
	if len(narrow) < len(parts) {
		subject = " for " + describe(labelsOf(narrow), labelsOf(parts))
	}
	first := selecting[0]
	d := f.pass.ReportRule(f.condition.Rule, "the rule fires%s only on requests that rule %d of %s selects by %s: %s",
		subject, first.Number, f.policyName(), selectors(first), f.because(narrow[0].cause, "other requests"))
	d.Severity = max(d.Severity, diag.Notice)
	d.Hint = f.hint(narrow[0].cause)
	d.Related = append(d.Related, diag.Related{Range: first.Range, Message: fmt.Sprintf("rule %d selects by %s", first.Number, selectors(first))})
	f.relate(d, narrow[0].cause, "other requests")
}

// selectors says by what a rule of a policy selects requests, other than by what is done to
// which resource.
func selectors(r *auditpolicy.Rule) string {
	var words []string
	for _, selector := range []struct {
		used bool
		word string
	}{
		{len(r.Users) > 0, "user"},
		{len(r.UserGroups) > 0, "group"},
		{len(r.Namespaces) > 0, "namespace"},
		{slices.ContainsFunc(r.Resources, func(g auditpolicy.GroupResources) bool { return len(g.ResourceNames) > 0 }), "name"},
	} {
		if selector.used {
			words = append(words, selector.word)
		}
	}
	return enumerate(words, "and")
}

// maxRelated limits the rules of a policy that a finding refers to.
const maxRelated = 5

// groupByCause returns the parts with equal causes, in their order.
func groupByCause(parts []part) [][]part {
	type key struct {
		rule *auditpolicy.Rule
		kind causeKind
	}
	var groups [][]part
	index := map[key]int{}
	for _, p := range parts {
		k := key{p.cause.rule, p.cause.kind}
		i, known := index[k]
		if !known {
			i = len(groups)
			index[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

// reportAlternatives reports alternatives of the condition that are never true for the
// requests for which the branch around them can be.
func (f *feed) reportAlternatives(b *Branch) {
	for _, choice := range b.Choices {
		for _, inner := range choice.Branches {
			if !f.own(inner).relevant || !f.left.spend(0) {
				continue
			}
			starved, fed, all := 0, 0, true
			var why cause
			for _, pt := range f.points {
				v := f.verdict(inner, pt, auditpolicy.None)
				switch v.state {
				case fedEvents:
					fed++
				case isStarved:
					if starved == 0 {
						why = v.cause
					}
					starved++
					all = all && f.verdict(f.condition.Root, pt, auditpolicy.None).state == isStarved
				}
			}
			switch {
			case starved > 0 && fed == 0 && !all:
				f.reportAlternative(inner, why)
			case fed > 0:
				f.reportAlternatives(inner)
			}
		}
	}
}

func (f *feed) reportAlternative(b *Branch, why cause) {
	l := why.at
	if l == nil || !l.isIn(b) {
		l = b.firstRelevant()
	}
	d := f.pass.ReportLiteral(l, "this alternative is never true: %s", f.because(why, "these requests"))
	d.Hint = f.hint(why)
	f.relate(d, why, "these requests")
}

// isIn reports whether a literal is in a branch or in one inside it.
func (l *Literal) isIn(b *Branch) bool {
	for inner := l.Branch; inner != nil; inner = inner.Parent {
		if inner == b {
			return true
		}
	}
	return false
}

// firstRelevant returns the first literal of a relevant branch that restricts the events.
func (b *Branch) firstRelevant() *Literal {
	for _, l := range b.Literals {
		if needOf(l).relevant {
			return l
		}
	}
	for _, choice := range b.Choices {
		for _, inner := range choice.Branches {
			if l := inner.firstRelevant(); l != nil {
				return l
			}
		}
	}
	return nil
}

// sendsObjects reports whether some requests of the condition have an object that is logged
// from a level on.
func (f *feed) sendsObjects(level auditpolicy.Level) bool {
	verbs, finite := f.demand(f.condition.Root).values[verbAttribute].List()
	return level != auditpolicy.Request || !finite || slices.ContainsFunc(verbs, func(verb string) bool { return !slices.Contains(withoutObject, verb) })
}

// reportOutputs reports fields in the output of a rule that never have a value, because
// the policy does not log the objects that they are in.
func (f *feed) reportOutputs(parts []part) {
	for _, field := range f.outputs {
		level := levelOf(eventMember(field.ref))
		if level == auditpolicy.Metadata || !f.sendsObjects(level) {
			continue
		}
		var why *cause
		fed := false
		for _, pt := range f.points {
			switch v := f.verdict(f.condition.Root, pt, level); {
			case v.state == fedEvents:
				fed = true
			case v.state == isStarved && v.cause.kind == lowLevel && why == nil:
				why = &v.cause
			}
		}
		if fed || why == nil {
			continue
		}
		what := cmp.Or(describe(labelsOf(parts), labelsOf(parts)), "its requests")
		d := f.pass.ReportOutput(f.condition.Rule, field.placeholder, "%s has no value: it needs level %s, but rule %d of %s logs %s at level %s",
			ast.String(field.ref), level, why.rule.Number, f.policyName(), what, why.rule.Level)
		d.Severity = max(d.Severity, diag.Notice)
		d.Hint = "remove it, or log these requests at level " + level.String()
		f.relate(d, *why, what)
	}
}

// because says why the policy withholds events of some requests.
func (f *feed) because(c cause, what string) string {
	switch {
	case c.rule == nil && c.at != nil:
		return fmt.Sprintf("%s needs level %s, but no rule of %s logs %s at that level", c.at.Operand, c.level, f.policyName(), what)
	case c.rule == nil:
		return fmt.Sprintf("no rule of %s logs %s", f.policyName(), what)
	}
	rule := fmt.Sprintf("rule %d of %s", c.rule.Number, f.policyName())
	switch c.kind {
	case lowLevel:
		return fmt.Sprintf("%s needs level %s, but %s logs %s at level %s", c.at.Operand, c.level, rule, what, c.rule.Level)
	case otherLevel:
		return fmt.Sprintf("%s logs %s at level %s, which the condition rules out", rule, what, c.rule.Level)
	case omittedStage:
		if f.omitsEverywhere(c) {
			rule = f.policyName()
		}
		return rule + " omits " + namesOfStages(c.stages)
	case omittedManagedFields:
		return rule + " omits managed fields"
	}
	return fmt.Sprintf("%s logs %s at level %s", rule, what, c.rule.Level)
}

// relate adds the rule of the policy to a finding.
func (f *feed) relate(d *diag.Diagnostic, c cause, what string) {
	if c.rule == nil {
		return
	}
	at, message := c.rule.Range, fmt.Sprintf("rule %d logs %s at level %s", c.rule.Number, what, c.rule.Level)
	switch c.kind {
	case omittedStage:
		message = fmt.Sprintf("rule %d omits %s", c.rule.Number, namesOfStages(c.stages))
		if f.omitsEverywhere(c) {
			at, message = f.policy.OmitStagesAt, "the policy omits "+namesOfStages(c.stages)
		}
	case omittedManagedFields:
		message = fmt.Sprintf("rule %d omits managed fields", c.rule.Number)
	}
	d.Related = append(d.Related, diag.Related{Range: at, Message: message})
}

// omitsEverywhere reports whether the policy omits the stages of a cause for all rules.
func (f *feed) omitsEverywhere(c cause) bool {
	return !slices.ContainsFunc(c.stages, func(stage string) bool { return !slices.Contains(f.policy.OmitStages, stage) })
}

func namesOfStages(stages []string) string {
	if len(stages) == 1 {
		return "stage " + stages[0]
	}
	return "stages " + enumerate(stages, "and")
}

// hint says how to change the policy.
func (f *feed) hint(c cause) string {
	switch {
	case c.kind == otherLevel:
		return "remove the check of the level"
	case c.kind == omittedStage:
		if len(c.stages) > 1 {
			return "remove one of them from omitStages, or check another stage"
		}
		return "remove it from omitStages, or check another stage"
	case c.kind == omittedManagedFields:
		return "set omitManagedFields to false"
	case c.rule == nil:
		return fmt.Sprintf("add a rule that logs them at level %s", c.level)
	}
	return fmt.Sprintf("log them at level %s, in that rule of the policy or in one before it", c.level)
}

func (f *feed) policyName() string { return quote.Name(filepath.Base(f.policy.Name)) }

func labelsOf(parts []part) []label {
	out := make([]label, len(parts))
	for i, p := range parts {
		out[i] = p.label
	}
	return out
}

// label tells requests apart by what the condition says about them. What it leaves open
// is empty.
type label struct{ resource, verb, namespace, user string }

// labelWords introduce the values of a label in a text.
var labelWords = [...]string{"", " with verb ", " in namespace ", " by user "}

func (l label) values() [len(labelWords)]string {
	return [...]string{l.resource, l.verb, l.namespace, l.user}
}

// describe describes some requests of a rule by their labels, as briefly as their
// difference from all its requests allows. It returns "" if there is nothing to say.
func describe(labels, all []label) string { return describeAmong(labels, distinct(all)) }

// labelValues are the values in labels.
type labelValues [len(labelWords)][]string

func describeAmong(labels []label, whole labelValues) string {
	some := distinct(labels)
	product := 1
	for _, values := range some {
		product *= len(values)
	}
	if product != len(labels) && len(some[0]) > 1 { // describe the requests of each resource
		byResource := map[string][]label{}
		for _, l := range labels {
			byResource[l.resource] = append(byResource[l.resource], l)
		}
		texts := make([]string, len(some[0]))
		for i, resource := range some[0] {
			texts[i] = describeAmong(byResource[resource], whole)
		}
		return enumerate(texts, "and")
	}
	var b strings.Builder
	for i, values := range some {
		switch {
		case values[0] == "":
		case i == 0:
			b.WriteString(enumerate(values, "and"))
		case len(values) < len(whole[i]):
			if b.Len() == 0 {
				b.WriteString("requests")
			}
			b.WriteString(labelWords[i] + enumerate(values, "or"))
		}
	}
	return b.String()
}

// distinct returns the different values of labels.
func distinct(labels []label) (out labelValues) {
	var seen [len(labelWords)]map[string]bool
	for i := range seen {
		seen[i] = map[string]bool{}
	}
	for _, l := range labels {
		for i, value := range l.values() {
			if !seen[i][value] {
				seen[i][value] = true
				out[i] = append(out[i], value)
			}
		}
	}
	return out
}

// enumerate lists words in a sentence. It leaves out some if there are many.
func enumerate(words []string, conjunction string) string {
	const most = 6
	if more := len(words) - most; more > 1 {
		words = append(slices.Clone(words[:most]), fmt.Sprintf("%d others", more))
	}
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
