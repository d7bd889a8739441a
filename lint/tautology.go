package lint

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var tautology = &Analyzer{
	ID:       "tautology",
	Category: Dead,
	Level:    Error,
	Summary:  "Checks joined by or exclude nothing, because at least one of them is always true.",
	Run:      runTautology,
}

func runTautology(p *Pass) {
	for _, c := range p.Conditions() {
		for b := range c.AllBranches() {
			for _, choice := range b.Choices {
				p.tautology(choice)
			}
		}
	}
}

// tautology reports the first two alternatives that together allow every value of a field.
func (p *Pass) tautology(choice *Choice) {
	excluding := map[string]*Literal{}
	for _, b := range choice.Branches {
		if len(b.Literals) != 1 || len(b.Choices) > 0 {
			continue
		}
		l := b.Literals[0]
		if !l.SingleValued() || l.IsSwitch() || l.Check.Op == ast.OpExists || !excludes(l) {
			continue
		}
		other := excluding[l.Operand]
		if other == nil {
			excluding[l.Operand] = l
			continue
		}
		if union := l.ValueSet().or(other.ValueSet()); union.IsFinite() || len(union.texts) > 0 {
			continue
		}
		d := p.ReportLiteral(l, "%s always differs from one of the values, so this or excludes nothing", l.Operand)
		d.Hint = "join the checks with and, or write not " + l.Operand + " in (…)"
		d.Related = append(d.Related, diag.Related{Range: other.Origin().Range, Message: "the other check"})
		return
	}
}

// excludes reports whether a literal is true of all values of its field but some.
func excludes(l *Literal) bool {
	set := l.ValueSet()
	return set.others && len(set.texts) > 0
}
