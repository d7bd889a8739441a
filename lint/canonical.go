package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

// canonical returns a text that equal literals have in common.
func canonical(l *Literal) string {
	l.textOnce.Do(func() { l.text = newCanonical(l) })
	return l.text
}

func newCanonical(l *Literal) string {
	var b strings.Builder
	if l.Negated {
		b.WriteString("not ")
	}
	b.WriteString(l.Operand)
	values := l.Check.Values()
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = ast.String(&ast.Value{Text: v.Text})
	}
	slices.Sort(texts)
	if l.Check.Modifier == ast.NoModifier { // oneof counts equal values
		texts = slices.Compact(texts)
	}
	op := l.Check.Op
	if op == ast.OpEqEq || op == ast.OpIn && len(texts) == 1 && l.Check.Modifier == ast.NoModifier {
		op = ast.OpEq
	}
	b.WriteString(" " + string(op) + " " + string(l.Check.Modifier))
	if values == nil && l.Check.Right != nil {
		b.WriteString(" " + ast.String(l.Check.Right))
		return b.String()
	}
	b.WriteString(" (" + strings.Join(texts, ", ") + ")")
	return b.String()
}

// canonical returns a text that equal branches have in common.
func (b *Branch) canonical() string { return strings.Join(b.requirements(), " and ") }

// requirements returns the conjuncts of a branch in canonical form, sorted.
func (b *Branch) requirements() []string {
	out := make([]string, 0, len(b.Literals)+len(b.Choices))
	for _, l := range b.Literals {
		out = append(out, canonical(l))
	}
	for _, choice := range b.Choices {
		branches := make([]string, len(choice.Branches))
		for i, inner := range choice.Branches {
			branches[i] = inner.canonical()
		}
		slices.Sort(branches)
		out = append(out, "("+strings.Join(slices.Compact(branches), " or ")+")")
	}
	slices.Sort(out)
	return slices.Compact(out)
}
