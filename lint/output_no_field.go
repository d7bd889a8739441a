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
			d := p.ReportOutput(r, tree, "the output prints no fields, so all alerts of the rule look alike")
			d.Hint = "print what an analyst needs" + exampleOf(r.Source)
		}
	}
}

// exampleOf returns an example of a field of a source, for a hint.
func exampleOf(source string) string {
	switch source {
	case "syscall":
		return ", such as %proc.cmdline"
	case "k8s_audit":
		return ", such as %ka.user.name"
	}
	return ""
}
