package lint

import (
	"slices"
	"strings"

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
	var appended []outputField // of the last rule
	for f := range p.outputFields() {
		if f.stray != "" {
			continue // see runOutputPercent
		}
		key := field{f.rule.Name, ast.String(f.placeholder.Operand)}
		if other := first[key]; other != nil {
			d := p.ReportOutput(f.rule, f.placeholder, "the output already prints %s", key.text)
			d.Related = append(d.Related, diag.Related{Range: f.rule.OutputRange(other), Message: "the first one"})
			f.drop(d)
			continue
		}
		first[key] = f.placeholder
		if f.rule.Source == syscall.SourceName && slices.Contains(suggestedFields, key.text) {
			if n := len(appended); n == 0 || appended[n-1].rule != f.rule {
				p.appendedFields(appended)
				appended = nil
			}
			appended = append(appended, f)
		}
	}
	p.appendedFields(appended)
}

// appendedFields reports fields of a rule that Falco appends to its output.
func (p *Pass) appendedFields(fields []outputField) {
	if len(fields) == 0 {
		return
	}
	var names []string
	var edits []diag.Edit
	var failed error
	for _, f := range fields {
		names = append(names, ast.String(f.ref))
		more, err := f.delete()
		if err != nil {
			failed = err
		}
		edits = append(edits, more...)
	}
	first := fields[0]
	d := p.ReportOutput(first.rule, first.placeholder, "Falco appends %s to every output", strings.Join(names, ", "))
	d.Hint = "remove what is repeated, unless append_output in falco.yaml has suggested_output: false"
	fix(d, true, edits, failed)
}
