package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var unsatisfiable = &Analyzer{
	ID:       "unsatisfiable",
	Category: Dead,
	Level:    Error,
	Summary:  "No event can make the condition of a rule true, so the rule never fires.",
	Run:      runUnsatisfiable,
}

// specific are the analyzers that report some causes of such a rule, at the check that is
// wrong.
var specific = []*Analyzer{contradiction, enumValue, eventHasNoField, fieldNeverFilled}

func runUnsatisfiable(p *Pass) {
	types := newEventTypes()
	left := maxWork
	for _, c := range p.Rules() {
		if p.Context().Err() != nil {
			return
		}
		if !p.runs(c.Rule) {
			continue
		}
		if r := refute(c, types); r != nil && !p.isReported(c, r, &left) {
			p.unsatisfiable(c, r, types)
		}
	}
}

// isReported reports whether the analyzers in specific report all causes, at their own levels.
func (p *Pass) isReported(c *Condition, r *refutation, left *budget) bool {
	if len(deadIn(c.Root, left)) > 0 {
		return true
	}
	reported := map[diag.Range]bool{}
	alone := *p.shared
	alone.settings = map[string]*settings{"": {}}
	alone.conditions = func() []*Condition { return []*Condition{c} }
	for _, a := range specific {
		other := &Pass{Analyzer: a, Set: p.Set, Config: p.Config, ctx: p.ctx, shared: &alone, seen: map[diag.Range]bool{}}
		a.Run(other)
		for _, d := range other.findings {
			reported[d.Range] = true
			for _, related := range d.Related {
				reported[related.Range] = true
			}
		}
	}
	isReported := func(u use) bool {
		l := u.literal
		return reported[l.Origin().Range] || reported[l.OriginOf(l.Check.Left).Range] ||
			slices.ContainsFunc(l.Check.Values(), func(v *ast.Value) bool { return reported[l.OriginOf(v).Range] })
	}
	return !slices.ContainsFunc(r.clashes, func(c clash) bool { return !slices.ContainsFunc(c.uses, isReported) })
}

// maxShown limits the checks that a finding refers to.
const maxShown = 20

func (p *Pass) unsatisfiable(c *Condition, r *refutation, types *eventTypes) {
	checks := slices.SortedStableFunc(slices.Values(r.checks), func(a, b *Literal) int { return a.Origin().Range.Compare(b.Origin().Range) })
	d := p.atCheck(&checks, "no event can fire rule %q: %s", c.Rule.Name, r.reason(types))
	for _, l := range checks[:min(len(checks), maxShown)] {
		d.Related = append(d.Related, diag.Related{Range: l.Origin().Range, Message: role(l)})
	}
}

// atCheck reports a finding at the last check in the text of the rule, and removes it from
// the checks. If all of them are in macros, the finding is in the macro that they have in
// common, or where the rule uses the last macro.
func (p *Pass) atCheck(checks *[]*Literal, format string, args ...any) *diag.Diagnostic {
	last := len(*checks) - 1
	for i, l := range *checks {
		if o := l.Origin(); len(o.Macros) == 0 && o.Exception == nil {
			last = i
		}
	}
	l := (*checks)[last]
	isOutside := func(other *Literal) bool {
		macros := other.Origin().Macros
		return len(macros) == 0 || macros[0].At != l.Origin().Macros[0].At
	}
	if len(l.Origin().Macros) > 0 && slices.ContainsFunc(*checks, isOutside) {
		return p.ReportUse(l, format, args...)
	}
	*checks = slices.Delete(*checks, last, last+1)
	return p.ReportLiteral(l, format, args...)
}

// role says what a check has to do with the others.
func role(l *Literal) string {
	verb, where := "requires", "the condition"
	if l.Negated {
		verb = "excludes"
	}
	if l.Branch.Parent != nil {
		where = "an alternative"
	}
	return fmt.Sprintf("%s %s %s", where, verb, shortened(ast.Display(l.Check)))
}

// shortened cuts a long text.
func shortened(text string) string {
	const longest = 60
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

// maxReasons limits the reasons in the message of a finding.
const maxReasons = 3

// reason says why the checks exclude each other.
func (r *refutation) reason(types *eventTypes) string {
	var reasons []string
	for _, c := range r.clashes {
		if text := c.reason(types); !slices.Contains(reasons, text) {
			reasons = append(reasons, text)
		}
	}
	if n := len(reasons) - maxReasons; n > 0 {
		reasons = append(reasons[:maxReasons], fmt.Sprintf("and %d more reasons", n))
	}
	return strings.Join(reasons, "; ")
}

func (c clash) reason(types *eventTypes) string {
	l, operand := c.uses[0].literal, c.variable.operand
	n, constant := constants[operand]
	isForeign := func(u use) bool { return u.literal.Operand != operand }
	switch foreign := slices.IndexFunc(c.uses, isForeign); {
	case c.variable.kind == checkVariable:
		return shortened(ast.Display(l.Check)) + " is both required and excluded"
	case c.variable.kind == typeVariable:
		return types.reason(c.uses)
	case constant:
		return fmt.Sprintf("%s is always %d", operand, n)
	case operand == containerID && foreign >= 0:
		return fmt.Sprintf("outside of containers, %s never has such a value", c.uses[foreign].literal.Operand)
	case len(c.uses) == 1:
		return operand + " never has such a value"
	}
	return fmt.Sprintf("no value of %s satisfies these checks", operand)
}

// maxTypes limits the event types that a reason names.
const maxTypes = 4

// reason says why literals leave no event type.
func (t *eventTypes) reason(uses []use) string {
	left := allCells(t.cells())
	var others []*Literal
	for _, u := range uses {
		if u.literal.Operand == typeField || u.literal.Operand == "syscall.type" {
			left = left.and(u.cells)
		} else {
			others = append(others, u.literal)
		}
	}
	var names, operands []string
	for i := range t.types {
		if left.has(i) && len(names) <= maxTypes {
			names = append(names, t.types[i].Name)
		}
	}
	events := "events of these types"
	if len(names) <= maxTypes {
		events = "events of type " + listed(names)
	}
	for _, l := range others {
		operands = append(operands, l.Operand)
	}
	switch {
	case len(others) == 0:
		return "no event type satisfies these checks"
	case len(others) == len(uses):
		return "no event type satisfies the checks of " + strings.Join(operands, " and ")
	case len(others) > 1:
		return fmt.Sprintf("no %s satisfy the checks of %s", events, strings.Join(operands, " and "))
	}
	switch operand := operands[0]; {
	case operand == "evt.dir":
		return "evt.dir is always < in " + events
	case strings.HasPrefix(operand, "evt.is_open_"):
		return fmt.Sprintf("%s is not true in %s", operand, events)
	default:
		return fmt.Sprintf("%s has no value in %s", operand, events)
	}
}
