package lint

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var outputRepeats = &Analyzer{
	ID:          "output-repeats",
	Category:    Output,
	Level:       Info,
	Summary:     "An output prints the same field twice.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runOutputRepeats,
}

func runOutputRepeats(p *Pass) {
	type field struct{ rule, text string }
	first := map[field]*ast.Placeholder{}
	for f := range p.outputFields() {
		key := field{f.rule.Name, ast.String(f.placeholder.Operand)}
		if other := first[key]; other != nil {
			d := p.ReportOutput(f.rule, f.placeholder, "the output already prints %s", key.text)
			d.Related = append(d.Related, diag.Related{Range: f.rule.OutputRange(other), Message: "the first one"})
			f.drop(d)
			continue
		}
		first[key] = f.placeholder
	}
}
