package lint

import (
	"maps"
	"slices"
	"strconv"

	"github.com/falcorules/falcorules/ast"
)

// ValueSet is the set of values that a field can have. The absence of a value can be in
// the set too. The zero ValueSet is empty.
type ValueSet struct {
	// texts are the values in the set or, if others is true, the values not in it.
	texts  map[string]bool
	others bool
	// none is true if the field may have no value.
	none bool
}

func allValues() ValueSet { return ValueSet{others: true, none: true} }

// IsEmpty reports whether the set is empty: the field can neither have a value nor have
// none.
func (v ValueSet) IsEmpty() bool { return len(v.texts) == 0 && !v.others && !v.none }

// isAll reports whether the set has all values and none.
func (v ValueSet) isAll() bool { return len(v.texts) == 0 && v.others && v.none }

// IsFinite reports whether the set has only the values that Texts returns.
func (v ValueSet) IsFinite() bool { return !v.others }

// AllowsNone reports whether the field may have no value.
func (v ValueSet) AllowsNone() bool { return v.none }

// Texts returns the values of a finite set, sorted.
func (v ValueSet) Texts() []string {
	if v.others {
		return nil
	}
	return slices.Sorted(maps.Keys(v.texts))
}

// Has reports whether the value with the given text is in the set.
func (v ValueSet) Has(text string) bool { return v.texts[text] != v.others }

func (v ValueSet) and(w ValueSet) ValueSet {
	switch {
	case v.isAll():
		return w
	case w.isAll():
		return v
	}
	out := ValueSet{others: v.others && w.others, none: v.none && w.none, texts: map[string]bool{}}
	all := []map[string]bool{v.texts, w.texts}
	switch { // the values of a finite set are enough
	case v.IsFinite() && (w.others || len(v.texts) <= len(w.texts)):
		all = all[:1]
	case w.IsFinite():
		all = all[1:]
	}
	for _, texts := range all {
		for t := range texts {
			if (v.Has(t) && w.Has(t)) != out.others {
				out.texts[t] = true
			}
		}
	}
	return out
}

// intersection combines sets of about the same size, so that it copies each value only a few
// times.
func intersection(sets []ValueSet) ValueSet {
	switch n := len(sets); n {
	case 0:
		return allValues()
	case 1:
		return sets[0]
	default:
		return intersection(sets[:n/2]).and(intersection(sets[n/2:]))
	}
}

func (v ValueSet) not() ValueSet { return ValueSet{texts: v.texts, others: !v.others, none: !v.none} }

func (v ValueSet) or(w ValueSet) ValueSet { return v.not().and(w.not()).not() }

// valuesKey is a branch and an operand.
type valuesKey struct {
	branch  *Branch
	operand string
}

// ValueSet returns the values that a field can have if the branch is true. The set may be
// too large, but is never too small: if it is empty, the branch cannot be true. The
// operand is as in Literal.Operand. For a field that can have several values, the set has
// all values.
func (b *Branch) ValueSet(operand string) ValueSet {
	v := b.ownValues(operand)
	for p := b.Parent; p != nil; p = p.Parent {
		v = v.and(p.ownValues(operand))
	}
	return v
}

// ownValues is ValueSet without the branches around b.
func (b *Branch) ownValues(operand string) ValueSet {
	key := valuesKey{b, operand}
	if v, ok := b.Condition.values.Load(key); ok {
		return v.(ValueSet)
	}
	var sets []ValueSet
	for _, l := range b.Literals {
		if l.Operand == operand {
			sets = append(sets, l.ValueSet())
		}
	}
	for _, choice := range b.Choices {
		some := make([]ValueSet, len(choice.Branches))
		for i, inner := range choice.Branches {
			some[i] = inner.ownValues(operand).not()
		}
		sets = append(sets, intersection(some).not())
	}
	v := intersection(sets)
	b.Condition.values.Store(key, v)
	return v
}

// ValueSet returns the values of the left side that make the literal true. The set may be
// too large, but is never too small.
func (l *Literal) ValueSet() ValueSet {
	l.valuesOnce.Do(func() { l.values = l.newValueSet() })
	return l.values
}

func (l *Literal) newValueSet() ValueSet {
	v := allValues()
	if !l.SingleValued() {
		return v
	}
	exact := false
	switch op := l.Check.Op; {
	case op == ast.OpExists:
		v, exact = ValueSet{others: true}, true
	case l.Check.Modifier != ast.NoModifier:
		v.none = false
	case op == ast.OpEq, op == ast.OpEqEq, op == ast.OpIn:
		v, exact = l.compared()
	case op == ast.OpNe:
		if v, exact = l.compared(); exact {
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

// compared returns the values that the check compares with, and whether they are known.
func (l *Literal) compared() (v ValueSet, ok bool) {
	values := l.Check.Values()
	if values == nil { // a field or a transformer on the right
		return ValueSet{others: true}, false
	}
	v.texts = make(map[string]bool, len(values))
	for _, value := range values {
		text, ok := l.canonical(value.Text)
		if !ok {
			return ValueSet{others: true}, false
		}
		v.texts[text] = true
	}
	return v, true
}

// canonical returns the one text for all equal values of the field's type. ok is false if
// a value may have other texts, such as the name of a port.
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
