package solve

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
)

// goal is the goal that a part of a condition is true. It is about a single check, which
// should be true or false, or about several goals, all or one of which should be met.
// Negations are moved down to the checks.
type goal struct {
	// check is the number of a check, and want its desired result, if there are no
	// children.
	check int
	want  bool
	// children are goals, of which one must be met if some is true, and otherwise all.
	children []*goal
	some     bool
}

// goalOf returns the goal that the result of x is want. The function add returns the number
// of a check.
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
		child := goalOf(o, want, add)
		if child.children != nil && child.some == some {
			g.children = append(g.children, child.children...)
		} else {
			g.children = append(g.children, child)
		}
	}
	return g
}

// met reports whether the results of checks meet the goal.
func (g *goal) met(holds []bool) bool {
	switch {
	case g.children == nil:
		return holds[g.check] == g.want
	case g.some:
		return slices.ContainsFunc(g.children, func(k *goal) bool { return k.met(holds) })
	}
	return !slices.ContainsFunc(g.children, func(k *goal) bool { return !k.met(holds) })
}

// all returns goals that together are equal to g.
func (g *goal) all() []*goal {
	if g.children != nil && !g.some {
		return g.children
	}
	return []*goal{g}
}

// checks calls visit for each check of a goal and its desired result.
func (g *goal) checks(visit func(check int, want bool)) {
	if g.children == nil {
		visit(g.check, g.want)
	}
	for _, k := range g.children {
		k.checks(visit)
	}
}

// size returns the number of checks in a goal.
func (g *goal) size() int {
	n := 0
	g.checks(func(int, bool) { n++ })
	return n
}
