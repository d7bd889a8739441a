package lint

import (
	"maps"
	"slices"
	"strconv"

	"github.com/falcorules/falcorules/ast"
)

// Values is a set of values of a field, among them that it has none. The zero Values is
// empty: no event has such a value.
type Values struct {
	// texts are the values in the set, or, with others, those that are not.
	texts  map[string]bool
	others bool
	// none says that the field may have no value.
	none bool
}

func allValues() Values { return Values{others: true, none: true} }

// IsEmpty reports whether nothing is in the set.
func (v Values) IsEmpty() bool { return len(v.texts) == 0 && !v.others && !v.none }

// IsFinite reports whether the set has certain values only, which Texts lists.
func (v Values) IsFinite() bool { return !v.others }

// AllowsNone reports whether the field may have no value.
func (v Values) AllowsNone() bool { return v.none }

// Texts returns the values of a finite set, sorted.
func (v Values) Texts() []string {
	if v.others {
		return nil
	}
	return slices.Sorted(maps.Keys(v.texts))
}

// Has reports whether a value is in the set.
func (v Values) Has(text string) bool { return v.texts[text] != v.others }

func (v Values) and(w Values) Values {
	out := Values{others: v.others && w.others, none: v.none && w.none, texts: map[string]bool{}}
	for _, texts := range []map[string]bool{v.texts, w.texts} {
		for t := range texts {
			if (v.Has(t) && w.Has(t)) != out.others {
				out.texts[t] = true
			}
		}
	}
	return out
}

func (v Values) not() Values { return Values{texts: v.texts, others: !v.others, none: !v.none} }

func (v Values) or(w Values) Values { return v.not().and(w.not()).not() }

// valuesKey is a branch and an operand.
type valuesKey struct {
	branch  *Branch
	operand string
}

// Values returns the values that a single-valued field can have if the branch is true.
// The set may be too large, but is never too small: if it is empty, the branch cannot be
// true. The operand is written as in Literal.Operand. Of a field that can have several
// values, all values are returned.
func (b *Branch) Values(operand string) Values {
	v := b.ownValues(operand)
	for p := b.Parent; p != nil; p = p.Parent {
		v = v.and(p.ownValues(operand))
	}
	return v
}

// ownValues is Values without the branches around b.
func (b *Branch) ownValues(operand string) Values {
	key := valuesKey{b, operand}
	if v, ok := b.Condition.values.Load(key); ok {
		return v.(Values)
	}
	v := allValues()
	for _, l := range b.Literals {
		if l.Operand == operand {
			v = v.and(l.Values())
		}
	}
	for _, choice := range b.Choices {
		var some Values
		for _, inner := range choice.Branches {
			some = some.or(inner.ownValues(operand))
		}
		v = v.and(some)
	}
	b.Condition.values.Store(key, v)
	return v
}

// Values returns the values of the left side that make the literal true. The set may be
// too large, but is never too small.
func (l *Literal) Values() Values {
	v := allValues()
	if !l.SingleValued() {
		return v
	}
	exact := false
	switch op := l.Check.Op; {
	case op == ast.OpExists:
		v, exact = Values{others: true}, true
	case l.Check.Modifier != ast.NoModifier:
		v.none = false
	case op == ast.OpEq, op == ast.OpEqEq, op == ast.OpIn:
		v, exact = l.constants()
	case op == ast.OpNe:
		if v, exact = l.constants(); exact {
			v.others = true
		}
	default:
		v.none = false
	}
	if !l.Negated {
		return v
	}
	if exact {
		return v.not()
	}
	return allValues()
}

// constants returns the constants of the check; false says that their values are not
// known.
func (l *Literal) constants() (v Values, ok bool) {
	constants := l.Constants()
	if constants == nil { // a field or a transformer on the right
		return Values{others: true}, false
	}
	v.texts = make(map[string]bool, len(constants))
	for _, c := range constants {
		text, ok := l.canonical(c.Text)
		if !ok {
			return Values{others: true}, false
		}
		v.texts[text] = true
	}
	return v, true
}

// canonical returns the text that equal constants of the field's type have in common;
// false says that there may be other texts, such as the name of a port.
func (l *Literal) canonical(text string) (string, bool) {
	switch t := l.Field.Type; {
	case t.Kind() == ast.KindText:
		return text, true
	case t.Kind() == ast.KindBool:
		return text, text == "true" || text == "false"
	case t.Bits() > 0:
		n, err := strconv.ParseInt(text, 10, t.Bits())
		return text, err == nil && strconv.FormatInt(n, 10) == text
	}
	return "", false
}
