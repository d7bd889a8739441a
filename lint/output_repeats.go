package lint

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

var outputRepeats = &Analyzer{
	ID:          "output-repeats",
	Category:    Output,
	Level:       Info,
	Summary:     "An output prints the same field twice, or one that Falco adds by itself.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runOutputRepeats,
}

// suggestedFields are the fields that the container plugin suggests for outputs. By default, Falco
// appends them to the outputs of all rules for system calls since version 0.41.
var suggestedFields = []string{
	"container.id", "container.image.repository", "container.image.tag", "container.name", "k8s.ns.name", "k8s.pod.name",
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
		if f.rule.Source == syscall.SourceName && slices.Contains(suggestedFields, key.text) {
			d := p.ReportOutput(f.rule, f.placeholder, "Falco appends %s to every output", key.text)
			d.Hint = "remove it, unless append_output in falco.yaml has suggested_output: false"
			f.drop(d)
		}
	}
}
