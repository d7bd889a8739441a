package lint

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
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

func runOutputRepeats(p *Pass) {
	type field struct{ rule, text string }
	first := map[field]*ast.Placeholder{}
	var appended []*appendedFields
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
		if slices.Contains(p.Config.SuggestedFields(f.rule), key.text) {
			n := len(appended)
			if n == 0 || appended[n-1].rule != f.rule {
				appended = append(appended, &appendedFields{rule: f.rule, at: f.rule.OutputRange(f.placeholder)})
				n++
			}
			appended[n-1].add(f)
		}
	}
	p.reportAppended(appended)
}

// appendedFields are the fields in the output of a rule that Falco appends to it.
type appendedFields struct {
	rule  *loader.Rule
	at    diag.Range // of the first one
	names []string
	edits []diag.Edit // delete the fields
	fixed bool        // whether edits delete all of them
}

func (a *appendedFields) add(f outputField) {
	edits, err := f.delete()
	a.fixed = err == nil && (a.names == nil || a.fixed)
	a.names = append(a.names, ast.String(f.ref))
	a.edits = append(a.edits, edits...)
}

// reportAppended reports fields that Falco appends to outputs. Many rules have them, so there
// is only one finding for the rules of a file that can be fixed, and one for the others.
func (p *Pass) reportAppended(rules []*appendedFields) {
	type key struct {
		file  string
		fixed bool
	}
	byFile := map[key][]*appendedFields{}
	var keys []key
	for _, a := range rules {
		if p.isSuppressed(a.at) {
			continue
		}
		k := key{a.at.File, a.fixed}
		if byFile[k] == nil {
			keys = append(keys, k)
		}
		byFile[k] = append(byFile[k], a)
	}
	for _, k := range keys {
		var names []string
		var edits []diag.Edit
		for _, a := range byFile[k] {
			names = append(names, a.names...)
			edits = append(edits, a.edits...)
		}
		slices.Sort(names)
		first, others := byFile[k][0], byFile[k][1:]
		d := p.Report(first.at, "Falco appends %s to every output", enumerate(slices.Compact(names), "and"))
		d.Hint = "remove the repeated fields"
		if p.Config == nil {
			d.Hint += ", unless append_output in falco.yaml has suggested_output: false"
		}
		for i, a := range others[:min(len(others), maxRelated)] {
			message := "also in rule " + quote.Text(a.rule.Name)
			if more := len(others) - maxRelated; i+1 == maxRelated && more > 0 {
				message += " and " + quote.Count(more, "more rule")
			}
			d.Related = append(d.Related, diag.Related{Range: a.at, Message: message})
		}
		if k.fixed {
			fix(d, true, edits, nil)
		}
	}
}
