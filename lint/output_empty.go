package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var outputEmpty = &Analyzer{
	ID:       "output-empty",
	Category: Output,
	Level:    Warning,
	Summary:  "An output prints a field that has no value in any event of the rule.",
	Run:      runOutputEmpty,
}

func runOutputEmpty(p *Pass) {
	types := map[string][]string{}
	for _, c := range p.Rules() {
		if isSyscall(c) {
			types[c.Rule.Name] = c.Root.ValueSet(typeField).Texts()
		}
	}
	for f := range p.outputFields() {
		events, field := types[f.rule.Name], ast.String(f.ref)
		if isUnfilled(f.ref.Name) && f.rule.Source == "syscall" {
			p.ReportOutput(f.rule, f.placeholder, "%s has no value in current releases of Falco", field).Hint = "remove it"
			continue
		}
		if has := eventsWith(field); has != nil && len(events) > 0 && !slices.ContainsFunc(events, has) {
			p.ReportOutput(f.rule, f.placeholder, "%s has no value in events of type %s", field, strings.Join(events, ", ")).
				Hint = "remove it, or print a field that these events have"
		}
	}
}
