package lint

import "github.com/falcorules/falcorules/diag"

var duplicateCheck = &Analyzer{
	ID:          "duplicate-check",
	Category:    Performance,
	Level:       Info,
	Summary:     "A condition has the same check twice.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runDuplicateCheck,
}

func runDuplicateCheck(p *Pass) {
	for _, c := range p.Conditions() {
		p.conjuncts(c.Root, map[string]*Literal{})
	}
}

// conjuncts reports checks of a branch, and of those below it, that are equal to one of
// the checks around them.
func (p *Pass) conjuncts(b *Branch, around map[string]*Literal) {
	var added []string
	for _, l := range b.Literals {
		text := canonical(l)
		if first := around[text]; first != nil {
			p.repeated(l, first, true, first.Branch == b, "this check is repeated")
			continue
		}
		around[text] = l
		added = append(added, text)
	}
	for _, choice := range b.Choices {
		p.alternatives(choice)
		for _, inner := range choice.Branches {
			p.conjuncts(inner, around)
		}
	}
	for _, text := range added {
		delete(around, text)
	}
}

// alternatives reports alternatives that are equal.
func (p *Pass) alternatives(choice *Choice) {
	seen := map[string]*Literal{}
	for _, b := range choice.Branches {
		if len(b.Literals) != 1 || len(b.Choices) > 0 {
			continue
		}
		l := b.Literals[0]
		if first := seen[canonical(l)]; first != nil {
			p.repeated(l, first, false, true, "this check is repeated")
			continue
		}
		seen[canonical(l)] = l
	}
}

// repeated reports a check that another one makes superfluous: in a conjunction, or as an
// alternative. With either, the other one is superfluous, too. Macros are written to be used
// beside other checks, so only a check in the condition itself is reported.
func (p *Pass) repeated(l, other *Literal, conjunction, either bool, message string) {
	if l.IsSwitch() {
		return
	}
	if either && len(l.Origin().Macros) > 0 {
		l, other = other, l
	}
	if len(l.Origin().Macros) > 0 {
		return
	}
	d := p.ReportLiteral(l, "%s", message)
	d.Related = append(d.Related, diag.Related{Range: other.Origin().Range, Message: "the other check"})
	if l.place.conjunction == conjunction {
		edits, err := l.place.delete()
		fix(d, true, edits, err)
	}
}
