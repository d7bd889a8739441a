package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var tautology = &Analyzer{
	ID:       "tautology",
	Category: Dead,
	Level:    Error,
	Summary:  `Checks joined by "or" exclude nothing, because at least one of them is always true.`,
	Fix:      UnsafeFix,
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

// tautology reports the first two alternatives that together allow every value of a field, or
// of which one is the opposite of the other.
func (p *Pass) tautology(choice *Choice) {
	excluding := map[string]*Literal{}
	seen := map[string]*Literal{}
	var first, second *Literal // opposites
	for _, b := range choice.Branches {
		if len(b.Literals) != 1 || len(b.Choices) > 0 {
			continue
		}
		l := b.Literals[0]
		if l.IsSwitch() {
			continue
		}
		if other := seen[opposite(l)]; other != nil && first == nil {
			first, second = other, l
		}
		seen[canonical(l)] = l
		if !l.SingleValued() || l.Check.Op == ast.OpExists || !excludes(l) {
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
		d := p.ReportLiteral(l, `%s always differs from one of the values, so this "or" excludes nothing`, l.Operand)
		d.Hint = `join the checks with "and", or write not ` + l.Operand + " in (…)"
		d.Related = append(d.Related, diag.Related{Range: other.Origin().Range, Message: "the other check"})
		fixTautology(d, other, l)
		return
	}
	if first != nil {
		d := p.ReportLiteral(second, `this check is the opposite of another alternative, so the "or" is always true`)
		d.Related = append(d.Related, diag.Related{Range: first.Origin().Range, Message: "the other check"})
	}
}

// opposite returns the canonical text of a literal that is true when l is not.
func opposite(l *Literal) string {
	if text, negated := strings.CutPrefix(canonical(l), "not "); negated {
		return text
	}
	return "not " + canonical(l)
}

// fixTautology adds edits to a finding that join two checks of the values to exclude into one.
// They are not safe, because the checks can be wrong in another way.
func fixTautology(d *diag.Diagnostic, first, second *Literal) {
	if first.place.in != second.place.in || len(first.Origin().Macros) > 0 || len(second.Origin().Macros) > 0 {
		return
	}
	both := &ast.Check{Left: first.Check.Left, Op: ast.OpIn, Right: &ast.List{Items: slices.Concat(first.Check.Values(), second.Check.Values())}}
	for _, l := range []*Literal{first, second} {
		if len(l.node.Lists()) > 0 || l.Check.Modifier != ast.NoModifier || l.Check.Values() == nil {
			return
		}
	}
	text := ast.Format(both)
	if !first.place.negated {
		text = "not " + text
	}
	joined, err := first.place.edit(text)
	if err != nil {
		return
	}
	deleted, err := second.place.delete()
	fix(d, false, append(joined, deleted...), err)
}

// excludes reports whether a literal is true of all values of its field but some.
func excludes(l *Literal) bool {
	set := l.ValueSet()
	return set.others && len(set.texts) > 0
}
