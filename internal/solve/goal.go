package solve

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
)

// goal is a part of a condition that shall be true: a check that shall hold or not, or
// several goals of which all or some shall be true. There is no not: it is pushed down
// to the checks.
type goal struct {
	// check is the number of a check, want whether it shall hold; for one without kids.
	check int
	want  bool
	// kids are several goals; some says that one of them is enough.
	kids []*goal
	some bool
}

// goalOf returns the goal that an expression is want. The checks are numbered by add.
func goalOf(x ast.Expr, want bool, add func(*ast.Check) int) *goal {
	switch x := x.(type) {
	case *ast.Not:
		return goalOf(x.Operand, !want, add)
	case *ast.And:
		return several(x.Operands, want, !want, add)
	case *ast.Or:
		return several(x.Operands, want, want, add)
	}
	return &goal{check: add(x.(*ast.Check)), want: want}
}

func several(operands []ast.Expr, want, some bool, add func(*ast.Check) int) *goal {
	g := &goal{some: some}
	for _, o := range operands {
		kid := goalOf(o, want, add)
		if kid.kids != nil && kid.some == some {
			g.kids = append(g.kids, kid.kids...)
		} else {
			g.kids = append(g.kids, kid)
		}
	}
	return g
}

// met reports whether a goal is true where those checks hold.
func (g *goal) met(holds []bool) bool {
	switch {
	case g.kids == nil:
		return holds[g.check] == g.want
	case g.some:
		return slices.ContainsFunc(g.kids, func(k *goal) bool { return k.met(holds) })
	}
	return !slices.ContainsFunc(g.kids, func(k *goal) bool { return !k.met(holds) })
}

// all returns the goals that must all be true for g to be.
func (g *goal) all() []*goal {
	if g.kids != nil && !g.some {
		return g.kids
	}
	return []*goal{g}
}

// checks calls visit for the checks of a goal and whether they shall hold.
func (g *goal) checks(visit func(check int, want bool)) {
	if g.kids == nil {
		visit(g.check, g.want)
	}
	for _, k := range g.kids {
		k.checks(visit)
	}
}

// size is the number of checks of a goal.
func (g *goal) size() int {
	n := 0
	g.checks(func(int, bool) { n++ })
	return n
}
