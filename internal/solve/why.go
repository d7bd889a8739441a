package solve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// lenient reports whether events are looked for that cannot happen, too.
func (s *search) lenient() bool { return s.oracle.doubts == math.MaxInt }

// explain says why no event was found: which checks exclude each other, or what is wrong
// with the event that would make the condition true.
func (s *search) explain(ctx context.Context, solution *Solution) error {
	exhausted := s.trials <= 0
	if reason := s.exclusive(); reason != "" {
		solution.Reasons, solution.Proven = []string{reason}, true
		return nil
	}
	if s.unmetSequential(solution) {
		return nil
	}
	free, err := s.solver.newSearch(ctx, s.oracle.source, s.condition, nil)
	if err != nil {
		return err
	}
	free.oracle.doubts = math.MaxInt
	if _, found, ok := free.run(); ok {
		solution.Reasons = free.oracle.reasons(found.event)
		if len(solution.Reasons) > 0 && s.severalTypes() {
			solution.Reasons = append(solution.Reasons, "the other event types of the condition do not help")
		}
		solution.Proven = free.never(found.event) && !exhausted && !s.hasRegex()
	}
	return nil
}

// never reports whether an event has what no event has, whatever values it has where the
// condition leaves a choice: in a value on its own, or among those that the condition
// names. A command line that does not begin with the name of the process proves nothing
// where the name may be another one.
func (s *search) never(e Event) bool {
	named := Event{}
	for ref, value := range e {
		if ref == eventType || slices.ContainsFunc(s.wanted[ref], s.isNamed) {
			named[ref] = value
		}
	}
	if s.oracle.never(named) {
		return true
	}
	for ref, value := range e {
		alone := Event{ref: value}
		if at := e[eventType]; at != nil {
			alone[eventType] = at
		}
		if s.oracle.never(alone) {
			return true
		}
	}
	return false
}

// isNamed reports whether a check names the values that it wants, or a command line as far
// as the name of the program goes.
func (s *search) isNamed(check int) bool {
	c := s.oracle.checks[check]
	isPart := func(begin string) bool { return !strings.Contains(begin, " ") }
	return names(c.Op) || c.Op == ast.OpStartsWith && !slices.ContainsFunc(constants(c), isPart)
}

// severalTypes reports whether the condition asks for one of several event types.
func (s *search) severalTypes() bool {
	return slices.ContainsFunc(s.wanted[eventType], func(check int) bool { return len(constants(s.oracle.checks[check])) > 1 })
}

// unmetSequential gives the reason where a check is about the events before, which a
// single event does not say.
func (s *search) unmetSequential(solution *Solution) bool {
	s.root.checks(func(check int, want bool) {
		if o := s.operands[check]; o.sequential && s.best.holds != nil && s.best.holds[check] != want && solution.Reasons == nil {
			solution.Reasons = []string{fmt.Sprintf("%s depends on the events before, and a test of one event has none", o.name)}
		}
	})
	return solution.Reasons != nil
}

// hasRegex reports whether a regular expression shall match: not all texts that it
// matches are tried.
func (s *search) hasRegex() bool {
	found := false
	s.root.checks(func(check int, want bool) {
		found = found || want && s.oracle.checks[check].Op == ast.OpRegex
	})
	return found
}

// exclusive says which checks of one field exclude each other: checks that must all be
// as they should be, and of which the first or the numbers leave no value over.
func (s *search) exclusive() string {
	byOperand := map[string][]*goal{}
	for _, g := range s.root.all() {
		if g.kids == nil && s.single(g.check) {
			name := s.operands[g.check].name
			byOperand[name] = append(byOperand[name], g)
		}
	}
	for _, g := range s.root.all() {
		if g.kids != nil {
			continue
		}
		name := s.operands[g.check].name
		goals := byOperand[name]
		delete(byOperand, name)
		if !s.exclude(goals) {
			continue
		}
		for i := len(goals) - 1; i >= 0; i-- { // those without which the others do, too
			if rest := slices.Delete(slices.Clone(goals), i, i+1); s.exclude(rest) {
				goals = rest
			}
		}
		return s.excluding(goals)
	}
	return ""
}

// exclude reports whether no value makes checks of one operand as they should be.
func (s *search) exclude(goals []*goal) bool {
	if len(goals) == 0 || len(goals) > maxExclusive {
		return false
	}
	values, complete := s.allValues(goals)
	return complete && !slices.ContainsFunc(values, func(v string) bool { return s.holdTogether(goals, v) })
}

// maxExclusive is how many checks of one operand are looked at.
const maxExclusive = 40

// single reports whether a check compares one value of a field with constants.
func (s *search) single(check int) bool {
	c, o := s.oracle.checks[check], s.operands[check]
	field, ok := c.Left.(*ast.Field)
	if !ok || o.list || constants(c) == nil {
		return false
	}
	f, _, err := s.oracle.source.Resolve(field)
	return err == nil && f.Match == fieldsets.MatchOne && (o.typ.Kind() == ast.KindText || o.typ.Kind() == ast.KindNumber)
}

// allValues returns all values that can make checks of one operand as they should be:
// those that a check names, or of numbers those beside all constants.
func (s *search) allValues(goals []*goal) (values []string, complete bool) {
	for _, g := range goals {
		if c := s.oracle.checks[g.check]; g.want && names(c.Op) && c.Op != ast.OpIntersects {
			return constants(c), len(constants(c)) <= maxValues
		}
	}
	if o := s.operands[goals[0].check]; o.typ.Kind() != ast.KindNumber || o.typ == fieldsets.Bool || o.typ == fieldsets.Double {
		return nil, false
	}
	for _, g := range goals {
		c := s.oracle.checks[g.check]
		values = append(values, numbersFor(c.Op, constants(c), nil, true)...)
	}
	return values, len(values) <= maxValues && slices.ContainsFunc(goals, func(g *goal) bool { return g.want })
}

// holdTogether reports whether a value may make checks of one operand as they should be.
func (s *search) holdTogether(goals []*goal, value string) bool {
	o := s.operands[goals[0].check]
	strict := s.oracle.doubts
	s.oracle.doubts = math.MaxInt
	holds, ok := s.oracle.ask(Event{o.name: o.node(value)})
	s.oracle.doubts = strict
	// Of a value that no fixture can have, nothing is known.
	return !ok || !slices.ContainsFunc(goals, func(g *goal) bool { return !g.met(holds) })
}

// excluding says that checks exclude each other, of many the first few.
func (s *search) excluding(goals []*goal) string {
	const most = 4
	var parts []string
	for i, g := range goals {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d more", len(goals)-i))
			break
		}
		parts = append(parts, cut(ast.String(s.part(g.check, g.want))))
	}
	if len(goals) == 1 {
		return fmt.Sprintf("%s is true of no value", parts[0])
	}
	return fmt.Sprintf("%s and %s exclude each other", strings.Join(parts[:len(parts)-1], ", "), parts[len(parts)-1])
}

// cut returns the beginning of what is long.
func cut(text string) string {
	const longest = 80
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}
