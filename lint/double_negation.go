package lint

import "github.com/falcorules/falcorules/ast"

var doubleNegation = &Analyzer{
	ID:       "double-negation",
	Category: Style,
	Level:    Off,
	Summary:  "A condition has a double negation.",
	Run:      runDoubleNegation,
}

func runDoubleNegation(p *Pass) {
	for _, w := range p.Written() {
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			if not, ok := n.(*ast.Not); ok && w.Origin(not).Exception == nil {
				if negative := negativeIn(not.Operand); negative != nil {
					p.ReportWritten(w, negative, `this is already negative, and the "not" before it negates it again`).
						Hint = "write the condition without the second negation"
				}
			}
			_, isCheck := n.(*ast.Check)
			return !isCheck
		})
	}
}

// negativeIn returns the operand of a not if it is negative, or else its first negative operand.
func negativeIn(x ast.Expr) ast.Expr {
	if isNegative(x) {
		return x
	}
	for _, o := range ast.Operands(x) {
		if isNegative(o) {
			return o
		}
	}
	return nil
}
