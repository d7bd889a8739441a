package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var exclusionUseless = &Analyzer{
	ID:          "exclusion-useless",
	Category:    Dead,
	Level:       Warning,
	Summary:     "An exclusion has no effect, because the rest of the condition already rules out its values.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runExclusionUseless,
}

func runExclusionUseless(p *Pass) {
	left := maxWork
	for _, c := range p.Conditions() {
		for l := range c.Literals() {
			other := uselessBeside(l, &left)
			if other == nil {
				continue
			}
			if o := l.Origin(); o.Exception == nil && len(o.Macros) == 0 {
				d := p.ReportLiteral(l, "this excludes nothing: %s cannot have any of these values here", l.Operand)
				d.Related = append(d.Related, diag.Related{Range: other.Origin().Range, Message: "the values that it can have"})
				if l.place.conjunction {
					edits, err := l.place.delete()
					fix(d, true, edits, err)
				}
			}
		}
	}
}

// uselessBeside returns a literal that allows none of the values that l excludes, or nil.
func uselessBeside(l *Literal, left *budget) *Literal {
	if !l.SingleValued() || l.IsSwitch() || !excludes(l) || !l.Branch.ValueSet(l.Operand).IsFinite() || mayNameList(l) {
		return nil
	}
	for other := range l.Branch.contextOf(l.Operand) {
		if !left.spend(1) {
			return nil
		}
		if other == l || other.Negated || other.Check.Op == ast.OpNe || mayNameList(other) {
			continue
		}
		allowed := other.ValueSet()
		if !allowed.IsFinite() || allowed.IsEmpty() {
			continue
		}
		excluded := l.ValueSet().texts
		if !left.spend(len(excluded)) {
			return nil
		}
		overlap := false
		for text := range excluded {
			overlap = overlap || allowed.Has(text)
		}
		if !overlap {
			return other
		}
	}
	return nil
}

// mayNameList reports whether a value of a literal may be meant as the name of a list that a
// missing file defines.
func mayNameList(l *Literal) bool {
	return takesList(l.Check) && slices.ContainsFunc(l.Check.Values(), func(v *ast.Value) bool {
		return v.Quote == ast.Bare && strings.Contains(v.Text, "_") && isName(v.Text) && l.OriginOf(v).List == nil
	})
}
