package lint

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

var exclusionOrder = &Analyzer{
	ID:       "exclusion-order",
	Category: Style,
	Level:    Off,
	Summary:  "An exclusion comes before a positive check.",
	Run:      runExclusionOrder,
}

func runExclusionOrder(p *Pass) {
	for _, c := range p.Rules() {
		root := c.Rule.Trace().Root()
		if _, ok := root.Expr.(*ast.And); !ok || root.Macro() != nil || !isSyscall(c) {
			continue
		}
		var excluded *loader.Node
		for operand := range root.Children() {
			switch {
			case !isNegative(operand.Expr):
				if excluded == nil {
					continue
				}
				d := p.Report(excluded.Origin().Range, "this exclusion comes before a positive check")
				d.Within = []diag.Item{c.Item()}
				d.Hint = "put exclusions after the positive checks"
			case excluded == nil && isExclusion(operand):
				excluded = &operand
			}
		}
	}
}

// isExclusion reports whether an operand of a condition excludes some events. One that
// excludes hosts or containers may stand early, and a check such as proc.tty != 0 is positive.
func isExclusion(n loader.Node) bool {
	if len(n.Expanded()) > 0 {
		return false
	}
	x := n.Expr
	if not, ok := x.(*ast.Not); ok {
		x = not.Operand
	}
	check, ok := x.(*ast.Check)
	if !ok {
		return true
	}
	values := check.Values()
	return ast.String(check.Left) != "container.id" && (len(values) != 1 || values[0].Text != "0")
}
