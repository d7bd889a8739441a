package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var includedCheck = &Analyzer{
	ID:          "included-check",
	Category:    Performance,
	Level:       Info,
	Summary:     "A condition has a check that changes nothing, because another one includes it.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runIncludedCheck,
}

func runIncludedCheck(p *Pass) {
	left := maxWork
	for _, c := range p.Conditions() {
		for b := range c.AllBranches() {
			p.impliedBeside(b, &left)
			for _, choice := range b.Choices {
				p.impliedAlternatives(choice, &left)
			}
		}
		for l := range c.Literals() {
			p.includedPaths(l)
		}
	}
}

// maxCompanions is how many checks of one field are compared with each other.
const maxCompanions = 100

// impliedBeside reports literals of a branch that are true because another one beside or around
// them is.
func (p *Pass) impliedBeside(b *Branch, left *budget) {
	for _, l := range b.Literals {
		companions := 0
		for other := range b.contextOf(l.Operand) {
			if other != l && other.implies(l, left) && l.Origin().Exception == nil {
				p.repeated(l, other, true, false, "this is true whenever "+checkText(other)+" is")
				break
			}
			if companions++; companions == maxCompanions {
				break
			}
		}
	}
}

// impliedAlternatives reports alternatives that are true only if another one is.
func (p *Pass) impliedAlternatives(choice *Choice, left *budget) {
	byOperand := map[string][]*Literal{}
	for _, b := range choice.Branches {
		if len(b.Literals) != 1 || len(b.Choices) > 0 {
			continue
		}
		l := b.Literals[0]
		if len(byOperand[l.Operand]) < maxCompanions {
			byOperand[l.Operand] = append(byOperand[l.Operand], l)
		}
	}
	for _, operand := range slices.Sorted(maps.Keys(byOperand)) {
		for _, l := range byOperand[operand] {
			for _, other := range byOperand[operand] {
				if other != l && l.implies(other, left) && l.Origin().Exception == nil {
					p.repeated(l, other, false, false, checkText(other)+" is true whenever this is")
					break
				}
			}
		}
	}
}

// maxCheckText is the length of a check, in bytes, up to which messages quote it.
const maxCheckText = 60

// checkText returns a check as messages quote it.
func checkText(l *Literal) string {
	text := ast.Format(l.Check)
	if l.Negated {
		text = "not " + text
	}
	if len(text) > maxCheckText {
		return "the other check"
	}
	return text
}

// includedPaths reports paths of pmatch that are below another one of the same check.
func (p *Pass) includedPaths(l *Literal) {
	values := l.Check.Values()
	if l.Check.Op != ast.OpPMatch || len(values) > maxCompanions {
		return
	}
	for _, v := range values {
		for _, wider := range values {
			// Lists may overlap.
			if v != wider && isBelow(v.Text, wider.Text) && l.OriginOf(v).List == l.OriginOf(wider).List && len(l.Origin().Macros) == 0 {
				d := p.ReportNode(l, v, "%s includes this path", wider.Text)
				d.Related = append(d.Related, diag.Related{Range: l.OriginOf(wider).Range, Message: "the other path"})
				break
			}
		}
	}
}

// implies reports whether a literal can be true only if another one of the same field is, and
// whether they differ.
func (l *Literal) implies(other *Literal, left *budget) bool {
	if l.Negated != other.Negated || l.IsSwitch() || canonical(l) == canonical(other) {
		return false
	}
	if l.Negated {
		return implies(other.Check, l.Check, left)
	}
	return implies(l.Check, other.Check, left)
}

// implies reports whether a check can be true only if another one of the same field is.
func implies(check, other *ast.Check, left *budget) bool {
	values, others := check.Values(), other.Values()
	if len(values) == 0 || len(others) == 0 || check.Modifier != ast.NoModifier || other.Modifier != ast.NoModifier {
		return false
	}
	var within func(text, of string) bool
	switch check.Op {
	case ast.OpEq, ast.OpEqEq, ast.OpIn:
		switch other.Op {
		case ast.OpEq, ast.OpEqEq, ast.OpIn:
			within = func(text, of string) bool { return text == of }
		case ast.OpStartsWith:
			within = strings.HasPrefix
		case ast.OpEndsWith:
			within = strings.HasSuffix
		case ast.OpContains:
			within = strings.Contains
		case ast.OpPMatch:
			within = func(text, of string) bool { return text == of || isBelow(text, of) }
		}
	case ast.OpPMatch:
		if other.Op == ast.OpPMatch {
			within = func(text, of string) bool { return text == of || isBelow(text, of) }
		}
	case ast.OpStartsWith:
		switch other.Op {
		case ast.OpStartsWith:
			within = strings.HasPrefix
		case ast.OpContains:
			within = strings.Contains
		}
	case ast.OpEndsWith:
		switch other.Op {
		case ast.OpEndsWith:
			within = strings.HasSuffix
		case ast.OpContains:
			within = strings.Contains
		}
	case ast.OpContains:
		if other.Op == ast.OpContains {
			within = strings.Contains
		}
	}
	if within == nil {
		return false
	}
	return !slices.ContainsFunc(values, func(v *ast.Value) bool {
		return !slices.ContainsFunc(others, func(o *ast.Value) bool { return left.spend(1) && within(v.Text, o.Text) })
	})
}

// isBelow reports whether pmatch with one path matches all that it matches with another.
func isBelow(path, folder string) bool {
	folder = strings.TrimRight(folder, "/")
	return !strings.ContainsAny(path+folder, "*?[") && strings.HasPrefix(folder, "/") && strings.HasPrefix(path, folder+"/")
}

// isPart reports whether a literal looks for one text in its field.
func isPart(l *Literal) bool {
	switch l.Check.Op {
	case ast.OpStartsWith, ast.OpEndsWith, ast.OpContains:
		return l.Check.Modifier == ast.NoModifier && len(l.Check.Values()) == 1
	}
	return false
}
