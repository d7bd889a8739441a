package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var outputEmpty = &Analyzer{
	ID:          "output-empty",
	Category:    Output,
	Level:       Warning,
	Summary:     "An output prints a field that has no value in any event of the rule.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runOutputEmpty,
}

func runOutputEmpty(p *Pass) {
	types := map[string][]string{}
	for _, c := range p.Rules() {
		if isSyscall(c) {
			types[c.Rule.Name] = c.Root.ValueSet(typeField).Texts()
		}
	}
	for f := range p.outputFields() {
		if f.stray != "" {
			continue // see runOutputPercent
		}
		events, field := types[f.rule.Name], ast.String(f.ref)
		if isUnfilled(f.ref.Name) && f.rule.Source == "syscall" {
			d := p.ReportOutput(f.rule, f.placeholder, "%s has no value in current releases of Falco", field)
			d.Hint = "remove it"
			f.drop(d)
			continue
		}
		if has := eventsWith(field); has != nil && len(events) > 0 && !slices.ContainsFunc(events, has) {
			d := p.ReportOutput(f.rule, f.placeholder, "%s has no value in events of type %s", field, strings.Join(events, ", "))
			d.Hint = "remove it, or print a field that these events have"
			f.drop(d)
		}
	}
}
