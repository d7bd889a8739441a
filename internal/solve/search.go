package solve

import (
	"cmp"
	"context"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// Solution is what was found for a condition.
type Solution struct {
	// Event makes the condition true. Where none was found, it is the event that
	// makes most of it true, and Unmet are the checks that were given up first, each as
	// it should be.
	Event Event
	Unmet []ast.Expr
	// Reasons say why no event makes the condition true, as clauses, where that is known.
	// Proven says that they rule out every event, and not only those that were tried.
	Reasons []string
	Proven  bool
	// Miss makes the condition false and differs from Event in the field Missed, since
	// Flipped, a part of the condition, is false on it; nil where none was found.
	Miss    Event
	Missed  string
	Flipped ast.Expr
}

// Found reports whether an event makes the condition true.
func (s *Solution) Found() bool { return len(s.Unmet) == 0 }

// Solve finds events for a condition of a source, which has no macros left and
// compiles. The error says that it does not, or that the context is done.
func (s *Solver) Solve(ctx context.Context, source *fixture.Source, condition ast.Expr) (*Solution, error) {
	search, err := s.newSearch(ctx, source, condition, nil)
	if err != nil {
		return nil, err
	}
	solution, found, ok := search.run()
	if ok {
		found = search.embellish(found)
		solution.Event = found.event
		search.miss(solution, found)
	} else if err := search.explain(ctx, solution); err != nil {
		return nil, err
	}
	return solution, ctx.Err()
}

// Complete finds values beside those that are told of an event, which stay as they are,
// so that a condition is true. It finds no near miss. The error is as that of Solve, or
// [ErrTooLarge].
func (s *Solver) Complete(ctx context.Context, source *fixture.Source, condition ast.Expr, told Event) (*Solution, error) {
	if told.size() > maxTold {
		return nil, ErrTooLarge
	}
	search, err := s.newSearch(ctx, source, condition, told)
	if err != nil {
		return nil, err
	}
	solution, _, _ := search.run()
	return solution, ctx.Err()
}

func (s *Solver) newSearch(ctx context.Context, source *fixture.Source, condition ast.Expr, told Event) (*search, error) {
	var checks []*ast.Check
	root := goalOf(condition, true, func(c *ast.Check) int {
		checks = append(checks, c)
		return len(checks) - 1
	})
	o, err := newOracle(source, checks)
	if err != nil {
		return nil, err
	}
	cost := trialCost(len(checks), told)
	out := &search{oracle: o, condition: condition, root: root, told: told, solver: s, interrupted: ctx.Err, trials: s.trials(cost), cost: cost}
	out.know()
	return out, nil
}

// run searches from the first event; false says that it found none.
func (s *search) run() (*Solution, state, bool) {
	goals := slices.Clone(s.root.all())
	slices.SortStableFunc(goals, func(a, b *goal) int { return cmp.Compare(s.rank(a), s.rank(b)) })
	first := s.first()
	// What is told may contradict itself; what is found does not add to that.
	s.oracle.doubts = max(s.oracle.doubts, len(s.oracle.reasons(first)))
	s.best.event = first
	if holds, ok := s.oracle.ask(first); ok {
		s.best = state{first, holds}
		if found, ok := s.solve(goals, s.best); ok {
			return &Solution{Event: found.event}, found, true
		}
	}
	return &Solution{Event: s.best.event, Unmet: s.unmet()}, state{}, false
}

// state is an event and the checks that hold on it.
type state struct {
	event Event
	holds []bool
}

// search looks for an event.
type search struct {
	oracle    *oracle
	condition ast.Expr
	root      *goal
	solver    *Solver
	// interrupted returns the error of the context that ends the search.
	interrupted func() error
	trials      int // that are left
	cost        int // of a trial
	// told are values that stay as they are.
	told Event
	// operands are what the checks look at.
	operands []operand
	// wanted are the checks that shall hold, by the operand that they look at.
	wanted map[string][]int
	// best is the state with most goals met, given up the goal at which it ended.
	best    state
	reached int
	givenUp *goal
}

// rank orders goals: first what says of what type the event is, then what names
// values, then what leaves a choice, and last what shall not be.
func (s *search) rank(g *goal) int {
	var positive, events bool
	g.checks(func(check int, want bool) {
		positive = positive || want
		events = events || want && s.operands[check].name == eventType
	})
	switch {
	case events && g.kids == nil:
		return 0
	case events:
		return 1
	case positive && g.kids == nil && names(s.oracle.checks[g.check].Op):
		return 2
	case positive && g.kids == nil:
		return 3
	case positive:
		return 4
	}
	return 5
}

// names reports whether the right side of an operator has the very values.
func names(op ast.Operator) bool {
	return op == ast.OpEq || op == ast.OpEqEq || op == ast.OpIn || op == ast.OpIntersects
}

// solve makes the goals true, in their order. What earlier goals need stays; what later
// ones need may go, since they come to their turn.
func (s *search) solve(goals []*goal, at state) (state, bool) {
	next := slices.IndexFunc(goals, func(g *goal) bool { return !g.met(at.holds) })
	if next < 0 {
		return at, true
	}
	if g := goals[next]; next >= s.reached || s.givenUp == nil {
		s.best, s.reached, s.givenUp = at, next, g
	}
	g := goals[next]
	if g.kids != nil {
		return s.choose(goals, next, at)
	}
	return s.step(goals, next, at)
}

// choose makes one of several goals true.
func (s *search) choose(goals []*goal, next int, at state) (state, bool) {
	kids := slices.Clone(goals[next].kids)
	slices.SortStableFunc(kids, func(a, b *goal) int { return cmp.Compare(s.missing(a, at), s.missing(b, at)) })
	for _, kid := range kids {
		with := slices.Concat(goals[:next], kid.all(), goals[next+1:])
		if end, ok := s.solve(with, at); ok {
			return end, true
		}
		if s.trials <= 0 {
			break
		}
	}
	return state{}, false
}

// missing is how many checks of a goal are not as they should be.
func (s *search) missing(g *goal, at state) int {
	if g.met(at.holds) {
		return 0
	}
	n := 0
	if g.some {
		n = g.size()
		for _, k := range g.kids {
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

// maxDetours is how many ways on are tried from an event by which later goals are lost.
const maxDetours = 24

// step makes a goal true that is a check, and then all others. Ways on by which no other
// goal is lost are gone at once, in their order; the others after that, those first by
// which least is lost.
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
		if slices.ContainsFunc(e, func(c change) bool { _, ok := s.told[c.field]; return ok }) {
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

// unmet is how many goals are not true.
func unmet(goals []*goal, at state) int {
	n := 0
	for _, g := range goals {
		if !g.met(at.holds) {
			n++
		}
	}
	return n
}

// try asks the oracle, if trials are left.
func (s *search) try(e Event) (state, bool) {
	if s.interrupted() != nil {
		s.trials = 0
	}
	if s.trials <= 0 {
		return state{}, false
	}
	s.trials--
	s.solver.left -= s.cost
	holds, ok := s.oracle.ask(e)
	return state{e, holds}, ok
}

// unmet returns the checks of the goal that was given up, as they should be.
func (s *search) unmet() []ast.Expr {
	g := s.givenUp
	if g == nil {
		g = s.root
	}
	var out []ast.Expr
	g.checks(func(check int, want bool) {
		if len(s.best.holds) == 0 || s.best.holds[check] != want {
			out = append(out, s.part(check, want))
		}
	})
	return out
}

// part returns a check as it should be.
func (s *search) part(check int, want bool) ast.Expr {
	c := s.oracle.checks[check]
	if want {
		return c
	}
	return &ast.Not{Operand: c}
}
