package solve

import (
	"cmp"
	"context"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// Solution is the result of a search.
type Solution struct {
	// Event makes the condition true. If no such event was found, it is the one that came
	// closest, and Unmet are the checks, or their negations, that the search could not
	// make true.
	Event Event
	Unmet []ast.Expr
	// Reasons are clauses that say why no event makes the condition true, if that is
	// known. If Proven is true, they exclude all events, and not just those that were
	// tried.
	Reasons []string
	Proven  bool
	// Miss makes the condition false, because it makes Flipped, a part of the condition,
	// false. It differs from Event only in the field Missed. It is nil if none was found.
	Miss    Event
	Missed  string
	Flipped ast.Expr
}

// Found reports whether Event makes the condition true.
func (s *Solution) Found() bool { return len(s.Unmet) == 0 }

// Solve finds events for a condition of a source, without macros and names of lists. It
// returns an error if the condition does not compile or the context is done.
func (s *Solver) Solve(ctx context.Context, source *fixture.Source, condition ast.Expr) (*Solution, error) {
	search, err := s.newSearch(ctx, source, condition, nil)
	if err != nil {
		return nil, err
	}
	solution, found, ok := search.run()
	if ok {
		found = search.nameSubjects(found)
		solution.Event = found.event
		search.miss(solution, found)
	} else if err := search.explain(ctx, solution); err != nil {
		return nil, err
	}
	return solution, ctx.Err()
}

// Complete adds values to a given event so that it makes a condition true. It does not
// change given values and finds no near miss. The errors are those of Solve and
// [ErrTooLarge].
func (s *Solver) Complete(ctx context.Context, source *fixture.Source, condition ast.Expr, given Event) (*Solution, error) {
	if given.size() > maxGiven {
		return nil, ErrTooLarge
	}
	search, err := s.newSearch(ctx, source, condition, given)
	if err != nil {
		return nil, err
	}
	solution, _, _ := search.run()
	return solution, ctx.Err()
}

func (s *Solver) newSearch(ctx context.Context, source *fixture.Source, condition ast.Expr, given Event) (*search, error) {
	var checks []*ast.Check
	root := goalOf(condition, true, func(c *ast.Check) int {
		checks = append(checks, c)
		return len(checks) - 1
	})
	o, err := newOracle(source, checks)
	if err != nil {
		return nil, err
	}
	cost := trialCost(len(checks), given)
	out := &search{oracle: o, condition: condition, root: root, given: given, solver: s, interrupted: ctx.Err, trials: s.trials(cost), cost: cost}
	out.analyze()
	return out, nil
}

// run runs the search, and returns false if it found no event.
func (s *search) run() (*Solution, state, bool) {
	goals := slices.Clone(s.root.all())
	slices.SortStableFunc(goals, func(a, b *goal) int { return cmp.Compare(s.rank(a), s.rank(b)) })
	first := s.first()
	// Given values may contradict each other. Tolerate no more contradictions than that.
	s.oracle.tolerated = max(s.oracle.tolerated, len(s.oracle.reasons(first)))
	s.best.event = first
	if holds, ok := s.oracle.evaluate(first); ok {
		s.best = state{first, holds}
		if found, ok := s.solve(goals, s.best); ok {
			return &Solution{Event: found.event}, found, true
		}
	}
	return &Solution{Event: s.best.event, Unmet: s.unmet()}, state{}, false
}

// state is an event and the results of all checks on it.
type state struct {
	event Event
	holds []bool
}

// search is the search for one event.
type search struct {
	oracle    *oracle
	condition ast.Expr
	root      *goal
	solver    *Solver
	// interrupted returns the error of the context that ends the search.
	interrupted func() error
	trials      int // left
	cost        int // of a trial
	// given are values that must not change.
	given Event
	// operands are the left sides of the checks.
	operands []operand
	// wanted are the checks that should be true, by the names of their operands.
	wanted map[string][]int
	// best is the state with most goals met, reached is the number of these goals, and
	// givenUp is the next goal.
	best    state
	reached int
	givenUp *goal
}

// rank orders goals: first those for the event type, then equalities, other checks,
// choices, and finally checks that should be false.
func (s *search) rank(g *goal) int {
	var positive, events bool
	g.checks(func(check int, want bool) {
		positive = positive || want
		events = events || want && s.operands[check].name == eventType
	})
	switch {
	case events && g.children == nil:
		return 0
	case events:
		return 1
	case positive && g.children == nil && isEquality(s.oracle.checks[g.check].Op):
		return 2
	case positive && g.children == nil:
		return 3
	case positive:
		return 4
	}
	return 5
}

// isEquality reports whether op compares for equality.
func isEquality(op ast.Operator) bool {
	return op == ast.OpEq || op == ast.OpEqEq || op == ast.OpIn || op == ast.OpIntersects
}

// solve meets the goals in order. To meet a goal, it can break later goals, but not earlier
// ones.
func (s *search) solve(goals []*goal, at state) (state, bool) {
	next := slices.IndexFunc(goals, func(g *goal) bool { return !g.met(at.holds) })
	if next < 0 {
		return at, true
	}
	if g := goals[next]; next >= s.reached || s.givenUp == nil {
		s.best, s.reached, s.givenUp = at, next, g
	}
	g := goals[next]
	if g.children != nil {
		return s.choose(goals, next, at)
	}
	return s.step(goals, next, at)
}

// choose meets one of the children of a goal, and then all other goals.
func (s *search) choose(goals []*goal, next int, at state) (state, bool) {
	children := slices.Clone(goals[next].children)
	slices.SortStableFunc(children, func(a, b *goal) int { return cmp.Compare(s.missing(a, at), s.missing(b, at)) })
	for _, child := range children {
		with := slices.Concat(goals[:next], child.all(), goals[next+1:])
		if end, ok := s.solve(with, at); ok {
			return end, true
		}
		if s.trials <= 0 {
			break
		}
	}
	return state{}, false
}

// missing returns how many checks must change to meet a goal.
func (s *search) missing(g *goal, at state) int {
	if g.met(at.holds) {
		return 0
	}
	n := 0
	if g.some {
		n = g.size()
		for _, k := range g.children {
			n = min(n, s.missing(k, at))
		}
		return n
	}
	g.checks(func(check int, want bool) {
		if at.holds[check] != want {
			n++
		}
	})
	return n
}

// maxDetours limits the edits of an event that are tried although they break other goals.
const maxDetours = 24

// step meets a goal that is a check, and then all other goals. It first tries edits that
// break no other goal, and then the others, ordered by how many goals they break.
func (s *search) step(goals []*goal, next int, at state) (state, bool) {
	type detour struct {
		state
		unmet int
	}
	var detours []detour
	before := unmet(goals, at)
	g := goals[next]
	for _, e := range s.edits(g.check, g.want, at.event) {
		if s.trials <= 0 {
			break
		}
		if slices.ContainsFunc(e, func(c change) bool { _, ok := s.given[c.field]; return ok }) {
			continue
		}
		to, ok := s.try(at.event.with(e))
		if !ok || unmet(goals[:next+1], to) > 0 {
			continue
		}
		if n := unmet(goals, to); n >= before {
			detours = append(detours, detour{to, n})
		} else if end, ok := s.solve(goals, to); ok {
			return end, true
		}
	}
	slices.SortStableFunc(detours, func(a, b detour) int { return cmp.Compare(a.unmet, b.unmet) })
	for _, d := range detours[:min(len(detours), maxDetours)] {
		if s.trials <= 0 {
			break
		}
		if end, ok := s.solve(goals, d.state); ok {
			return end, true
		}
	}
	return state{}, false
}

// unmet returns the number of goals that are not met.
func unmet(goals []*goal, at state) int {
	n := 0
	for _, g := range goals {
		if !g.met(at.holds) {
			n++
		}
	}
	return n
}

// try evaluates the checks on an event if there are trials left.
func (s *search) try(e Event) (state, bool) {
	if s.interrupted() != nil {
		s.trials = 0
	}
	if s.trials <= 0 {
		return state{}, false
	}
	s.trials--
	s.solver.left -= s.cost
	holds, ok := s.oracle.evaluate(e)
	return state{e, holds}, ok
}

// unmet returns the unmet checks, or their negations, of the goal that was given up.
func (s *search) unmet() []ast.Expr {
	g := s.givenUp
	if g == nil {
		g = s.root
	}
	var out []ast.Expr
	g.checks(func(check int, want bool) {
		if len(s.best.holds) == 0 || s.best.holds[check] != want {
			out = append(out, s.asWanted(check, want))
		}
	})
	return out
}

// asWanted returns a check, or its negation if it should be false.
func (s *search) asWanted(check int, want bool) ast.Expr {
	c := s.oracle.checks[check]
	if want {
		return c
	}
	return &ast.Not{Operand: c}
}
