package lint

import "github.com/falcorules/falcorules/diag"

var sameCondition = &Analyzer{
	ID:       "same-condition",
	Category: Shadow,
	Level:    Warning,
	Summary:  "Two rules have the same condition.",
	Run:      runSameCondition,
}

func runSameCondition(p *Pass) {
	first := map[string]*Condition{}
	for _, c := range p.Rules() {
		key := c.Source.Name() + " " + c.Root.canonical()
		if other := first[key]; other != nil {
			d := p.ReportRule(c.Rule, "this rule has the same condition as rule %q", other.Rule.Name)
			d.Related = append(d.Related, diag.Related{Range: other.Rule.NameAt, Message: "the other rule"})
			continue
		}
		first[key] = c
	}
}
