package lint

import "github.com/falcorules/falcorules/ast"

var orNegation = &Analyzer{
	ID:       "or-negation",
	Category: Style,
	Level:    Off,
	Summary:  `An alternative of an "or" only excludes something.`,
	Run:      runOrNegation,
}

func runOrNegation(p *Pass) {
	for _, w := range p.Written() {
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			if or, ok := n.(*ast.Or); ok {
				for _, o := range or.Operands {
					if isNegative(o) && w.Origin(o).Exception == nil {
						p.ReportWritten(w, o, "this alternative only excludes something, so it is true of most events").
							Hint = `use "or" for positive checks only, and exclude values with "and not"`
						break // one finding an or
					}
				}
			}
			_, isCheck := n.(*ast.Check)
			return !isCheck
		})
	}
}
