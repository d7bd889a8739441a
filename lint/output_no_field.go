package lint

import "github.com/falcorules/falcorules/ast"

var outputNoField = &Analyzer{
	ID:       "output-no-field",
	Category: Output,
	Level:    Info,
	Summary:  "An output prints no fields.",
	Run:      runOutputNoField,
}

func runOutputNoField(p *Pass) {
	for _, r := range p.Set.Rules {
		tree := r.Template.Tree()
		fields := 0
		for _, part := range tree.Parts {
			if _, ok := part.(*ast.Placeholder); ok {
				fields++
			}
		}
		if fields == 0 {
			p.ReportOutput(r, tree, "the output prints no fields, so all alerts of the rule look alike").
				Hint = "print what an analyst needs, such as %proc.cmdline or %ka.user.name"
		}
	}
}
