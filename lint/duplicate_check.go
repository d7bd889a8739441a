package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var duplicateCheck = &Analyzer{
	ID:          "duplicate-check",
	Category:    Performance,
	Level:       Info,
	Summary:     "A condition has the same check twice, or a check that another one includes.",
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

// alternatives reports alternatives that are equal, or included in another one.
func (p *Pass) alternatives(choice *Choice) {
	seen := map[string]*Literal{}
	byOperand := map[string][]*Literal{}
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
		if !l.Negated && isPart(l) && len(byOperand[l.Operand]) < maxAlternatives {
			byOperand[l.Operand] = append(byOperand[l.Operand], l)
		}
	}
	for _, checks := range byOperand {
		for _, l := range checks {
			for _, wider := range checks {
				if l != wider && includes(wider, l) {
					p.repeated(l, wider, false, false, "the other check is true whenever this one is")
					break
				}
			}
		}
	}
}

// maxAlternatives is how many checks of one field are compared with each other.
const maxAlternatives = 100

// repeated reports a check that another one makes superfluous: in a conjunction, or as an
// alternative. With either, the other one is superfluous, too. Macros are written to be used beside other checks, so only a check
// in the condition itself is reported.
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

// isPart reports whether a literal looks for one text in its field.
func isPart(l *Literal) bool {
	switch l.Check.Op {
	case ast.OpStartsWith, ast.OpEndsWith, ast.OpContains:
		return l.Check.Modifier == ast.NoModifier && len(l.Check.Values()) == 1
	}
	return false
}

// includes reports whether a literal is true whenever another one of its field is.
func includes(wider, l *Literal) bool {
	short, long := wider.Check.Values()[0].Text, l.Check.Values()[0].Text
	switch wider.Check.Op {
	case ast.OpContains:
		return strings.Contains(long, short)
	case ast.OpStartsWith:
		return l.Check.Op == ast.OpStartsWith && strings.HasPrefix(long, short)
	}
	return l.Check.Op == ast.OpEndsWith && strings.HasSuffix(long, short)
}
