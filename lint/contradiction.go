package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
)

var contradiction = &Analyzer{
	ID:       "contradiction",
	Category: Dead,
	Level:    Error,
	Summary:  "A condition requires a field to have two values at once, so it is never true.",
	Run:      runContradiction,
}

func runContradiction(p *Pass) {
	left := maxWork
	for _, c := range p.Conditions() {
		dead := []*Branch{c.Root}
		if len(deadIn(c.Root, &left)) == 0 {
			dead = c.Branches() // one of the alternatives can be dead, too
		}
		for _, b := range dead {
			checks := deadIn(b, &left)
			if len(checks) == 0 || b != c.Root && !inOwnText(checks) {
				continue
			}
			p.contradiction(checks)
		}
	}
}

// contradiction reports checks of one field that exclude each other, at the last one.
func (p *Pass) contradiction(checks []*Literal) {
	n := len(checks) - 1
	last, others := checks[n], checks[:n]
	what, other := "all checks of "+last.Operand+" here", "another check, "
	if n == 1 {
		other = "the other check, "
		what = "both " + last.short() + " and " + others[0].short()
	}
	d := p.ReportLiteral(last, "no event satisfies %s", what)
	for _, l := range others {
		d.Related = append(d.Related, diag.Related{Range: l.Origin().Range, Message: other + l.short() + l.within()})
	}
}

// short returns the text of a literal for messages.
func (l *Literal) short() string {
	text := shortened(ast.Display(l.Check))
	if l.Negated {
		return "not " + text
	}
	return text
}

// within says which exception or macro a literal is in, if it is in one.
func (l *Literal) within() string {
	o := l.Origin()
	switch n := len(o.Macros); {
	case o.Exception != nil:
		return " in exception " + quote.Text(o.Exception.Name)
	case n > 0:
		return " in macro " + quote.Text(o.Macros[n-1].Macro.Name)
	}
	return ""
}

// inOwnText reports whether literals are in the text of the condition itself. What a macro
// says is not always meant for each condition that uses it.
func inOwnText(literals []*Literal) bool {
	for _, l := range literals {
		if o := l.Origin(); len(o.Macros) > 0 || o.Exception != nil {
			return false
		}
	}
	return true
}

// deadIn returns the checks of one field that contradict each other, if a branch has such
// checks or all branches of one of its choices do.
func deadIn(b *Branch, left *budget) []*Literal {
	seen := map[string]bool{}
	for _, l := range b.Literals {
		if l.IsSwitch() || seen[l.Operand] {
			continue
		}
		seen[l.Operand] = true
		if checks := contradicts(l, left); checks != nil {
			return checks
		}
	}
	for _, l := range slices.Backward(b.Literals) {
		if other := excludedByEnd(l, left); other != nil {
			return []*Literal{other, l}
		}
	}
	for _, choice := range b.Choices {
		var first []*Literal
		for _, inner := range choice.Branches {
			checks := deadIn(inner, left)
			if checks == nil {
				first = nil
				break
			}
			if first == nil {
				first = checks
			}
		}
		if first != nil {
			return first
		}
	}
	return nil
}

// contradicts returns the checks of the field of a literal around it, and the literal last,
// if no value satisfies all of them.
func contradicts(l *Literal, left *budget) []*Literal {
	if !l.SingleValued() {
		return nil
	}
	set := l.Branch.ValueSet(l.Operand)
	if !set.IsFinite() || set.AllowsNone() {
		return nil
	}
	var checks []*Literal
	for other := range l.Branch.contextOf(l.Operand) {
		if other != l {
			checks = append(checks, other)
		}
	}
	checks = append(checks, l)
	if len(checks) == 1 || !left.spend(len(checks)*(1+len(set.texts))) {
		return nil
	}
	for _, check := range checks {
		if check.ValueSet().IsEmpty() || isPlaceholder(check) || negatesRequirement(check) {
			return nil // there for others to override
		}
	}
	for text := range set.texts {
		if fitsAll(text, checks) {
			return nil
		}
	}
	for _, other := range checks[:len(checks)-1] {
		if pair := []*Literal{other, l}; excludeEachOther(pair, left) {
			return pair
		}
	}
	return checks
}

// excludeEachOther reports whether no value satisfies all literals, which have the same operand.
func excludeEachOther(literals []*Literal, left *budget) bool {
	set := allValues()
	for _, l := range literals {
		v := l.ValueSet()
		if !left.spend(1 + len(v.texts)) {
			return false
		}
		set = set.and(v)
	}
	if !set.IsFinite() || set.AllowsNone() {
		return false
	}
	for text := range set.texts {
		if fitsAll(text, literals) {
			return false
		}
	}
	return true
}

// excludedByEnd returns a literal around l that requires another start, or another end, of the same
// field, or nil.
func excludedByEnd(l *Literal, left *budget) *Literal {
	if !isPart(l) || l.Negated || !l.SingleValued() || l.Check.Op == ast.OpContains {
		return nil
	}
	has := strings.HasPrefix
	if l.Check.Op == ast.OpEndsWith {
		has = strings.HasSuffix
	}
	text := l.Check.Values()[0].Text
	for other := range l.Branch.contextOf(l.Operand) {
		if !left.spend(1) {
			return nil
		}
		if other.Check.Op != l.Check.Op || other.Negated || !isPart(other) {
			continue
		}
		if value := other.Check.Values()[0].Text; !has(value, text) && !has(text, value) {
			return other
		}
	}
	return nil
}

// isPlaceholder reports whether a literal is a whole macro such as container.id exists, which
// Falco's rules use for what is always true unless a user overrides it.
func isPlaceholder(l *Literal) bool {
	return l.Check.Op == ast.OpExists && len(l.Origin().Macros) > 0
}

// negatesRequirement reports whether a literal is a whole macro that is negated and that
// another literal requires. With "not allowed_containers", where the macro is just container,
// a rule for containers does nothing until a user overrides the macro.
func negatesRequirement(l *Literal) bool {
	macros := l.Origin().Macros
	if !l.Negated || len(macros) == 0 || size(macros[0].Macro.Compiled) != 1 {
		return false
	}
	return l.Branch.contextHas(opposite(l))
}

// fitsAll reports whether a value can satisfy literals.
func fitsAll(text string, literals []*Literal) bool {
	for _, l := range literals {
		if l.Field.Type.Kind() != ast.KindText || l.Check.Modifier != ast.NoModifier || len(l.Check.Values()) != 1 {
			continue
		}
		value := l.Check.Values()[0].Text
		var fits bool
		switch l.Check.Op {
		case ast.OpStartsWith:
			fits = strings.HasPrefix(text, value)
		case ast.OpEndsWith:
			fits = strings.HasSuffix(text, value)
		case ast.OpContains:
			fits = strings.Contains(text, value)
		default:
			continue
		}
		if fits == l.Negated {
			return false
		}
	}
	return true
}
