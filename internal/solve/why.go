package solve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// lenient reports whether the search accepts events that cannot occur.
func (s *search) lenient() bool { return s.oracle.tolerated == math.MaxInt }

// explain sets the reasons why no event was found: checks that exclude each other, or the
// problems of an event that would make the condition true.
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
	free.oracle.tolerated = math.MaxInt
	if _, found, ok := free.run(); ok {
		solution.Reasons = free.oracle.reasons(found.event)
		if len(solution.Reasons) > 0 && s.severalTypes() {
			solution.Reasons = append(solution.Reasons, "none of the condition's other event types works either")
		}
		solution.Proven = free.never(found.event) && !exhausted && !s.hasRegex()
	}
	return nil
}

// never reports whether an event has values that no event has: a single value, or several
// that the condition requires. A contradiction with a value that the condition does not
// require proves nothing. For example, a command line may not start with the name of the
// process.
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
		if !s.neverAlone(e, ref, value) {
			continue
		}
		// Another text may also contain what a check looks for.
		if !slices.ContainsFunc(s.wanted[ref], s.looksInside) || s.neverAlone(e, ref, text("a "+value.Value)) {
			return true
		}
	}
	return false
}

// looksInside reports whether a check can be met by many texts that begin differently.
func (s *search) looksInside(check int) bool {
	switch s.oracle.checks[check].Op {
	case ast.OpContains, ast.OpIContains, ast.OpEndsWith, ast.OpGlob, ast.OpIGlob, ast.OpRegex:
		return true
	}
	return false
}

// neverAlone reports whether no event of the type of e has a certain value of a field.
func (s *search) neverAlone(e Event, ref string, value *yamlfile.Node) bool {
	alone := Event{ref: value}
	if at := e[eventType]; at != nil {
		alone[eventType] = at
	}
	return s.oracle.never(alone)
}

// isNamed reports whether a check requires certain values, or a command line that starts
// with a certain program.
func (s *search) isNamed(check int) bool {
	c := s.oracle.checks[check]
	isPart := func(begin string) bool { return !strings.Contains(begin, " ") }
	return isEquality(c.Op) || c.Op == ast.OpStartsWith && !slices.ContainsFunc(valueTexts(c), isPart)
}

// severalTypes reports whether the condition allows several event types.
func (s *search) severalTypes() bool {
	return slices.ContainsFunc(s.wanted[eventType], func(check int) bool { return len(valueTexts(s.oracle.checks[check])) > 1 })
}

// unmetSequential sets the reason if a check that is not met depends on earlier events.
func (s *search) unmetSequential(solution *Solution) bool {
	s.root.checks(func(check int, want bool) {
		if o := s.operands[check]; o.sequential && s.best.holds != nil && s.best.holds[check] != want && solution.Reasons == nil {
			solution.Reasons = []string{fmt.Sprintf("%s depends on earlier events, and a test of a single event has none", o.name)}
		}
	})
	return solution.Reasons != nil
}

// hasRegex reports whether a regular expression should match, of which not all texts are
// tried.
func (s *search) hasRegex() bool {
	found := false
	s.root.checks(func(check int, want bool) {
		found = found || want && s.oracle.checks[check].Op == ast.OpRegex
	})
	return found
}

// exclusive returns which checks of a field exclude each other, or "". It looks at the
// checks that must all be met, if one of them requires certain values or they compare
// numbers.
func (s *search) exclusive() string {
	byOperand := map[string][]*goal{}
	for _, g := range s.root.all() {
		if g.children == nil && s.single(g.check) {
			name := s.operands[g.check].name
			byOperand[name] = append(byOperand[name], g)
		}
	}
	for _, g := range s.root.all() {
		if g.children != nil {
			continue
		}
		name := s.operands[g.check].name
		goals := byOperand[name]
		delete(byOperand, name)
		if !s.exclude(goals) {
			continue
		}
		for i := len(goals) - 1; i >= 0; i-- { // remove checks that do not matter
			if rest := slices.Delete(slices.Clone(goals), i, i+1); s.exclude(rest) {
				goals = rest
			}
		}
		return s.excluding(goals)
	}
	return ""
}

// exclude reports whether no value meets all checks of an operand.
func (s *search) exclude(goals []*goal) bool {
	if len(goals) == 0 || len(goals) > maxExclusive {
		return false
	}
	values, complete := s.allValues(goals)
	return complete && !slices.ContainsFunc(values, func(v string) bool { return s.holdTogether(goals, v) })
}

// maxExclusive limits the checks of an operand.
const maxExclusive = 40

// single reports whether a check compares a field with a single value with values.
func (s *search) single(check int) bool {
	c, o := s.oracle.checks[check], s.operands[check]
	field, ok := c.Left.(*ast.Field)
	if !ok || o.list || !comparesValues(c) {
		return false
	}
	f, _, err := s.oracle.source.Resolve(field)
	return err == nil && f.Match == fieldsets.MatchOne && (o.typ.Kind() == ast.KindText || o.typ.Kind() == ast.KindNumber)
}

// allValues returns all values that can meet checks of an operand: those that a check
// requires or, for numbers, those next to the numbers of all checks. It returns false if
// there may be others.
func (s *search) allValues(goals []*goal) (values []string, complete bool) {
	for _, g := range goals {
		if c := s.oracle.checks[g.check]; g.want && isEquality(c.Op) && c.Op != ast.OpIntersects {
			return valueTexts(c), len(valueTexts(c)) <= maxValues
		}
	}
	if o := s.operands[goals[0].check]; o.typ.Kind() != ast.KindNumber || o.typ == fieldsets.Bool || o.typ == fieldsets.Double {
		return nil, false
	}
	for _, g := range goals {
		c := s.oracle.checks[g.check]
		values = append(values, numbersFor(c.Op, valueTexts(c), nil, true)...)
	}
	return values, len(values) <= maxValues && slices.ContainsFunc(goals, func(g *goal) bool { return g.want })
}

// holdTogether reports whether a value may meet all checks of an operand.
func (s *search) holdTogether(goals []*goal, value string) bool {
	o := s.operands[goals[0].check]
	strict := s.oracle.tolerated
	s.oracle.tolerated = math.MaxInt
	holds, ok := s.oracle.evaluate(Event{o.name: o.node(value)})
	s.oracle.tolerated = strict
	// If no fixture can have the value, the result is unknown.
	return !ok || !slices.ContainsFunc(goals, func(g *goal) bool { return !g.met(holds) })
}

// excluding returns the reason that checks exclude each other. It lists only the first few.
func (s *search) excluding(goals []*goal) string {
	const most = 4
	var parts []string
	for i, g := range goals {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d more", len(goals)-i))
			break
		}
		parts = append(parts, cut(ast.String(s.asWanted(g.check, g.want))))
	}
	if len(goals) == 1 {
		return fmt.Sprintf("no value makes %s true", parts[0])
	}
	return fmt.Sprintf("%s and %s exclude each other", strings.Join(parts[:len(parts)-1], ", "), parts[len(parts)-1])
}

// cut shortens a long text.
func cut(text string) string {
	const longest = 80
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}
