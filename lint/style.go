package lint

import (
	"iter"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/rulesfile"
)

// ruleItems yields the items that define rules, in load order.
func (p *Pass) ruleItems() iter.Seq[*rulesfile.Item] {
	return func(yield func(*rulesfile.Item) bool) {
		for item := range p.Items() {
			if item.Kind == rulesfile.Rule && defines(item) && !yield(item) {
				return
			}
		}
	}
}

// isNegative reports whether an operand of a condition as written is a not, or a check with !=.
func isNegative(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Not:
		return true
	case *ast.Check:
		return x.Op == ast.OpNe
	}
	return false
}
