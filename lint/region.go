package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// region is the cells that are left of a variable. Parts are the literals that compare parts
// of texts, because two of them can rule out the cell other together.
type region struct {
	cells cellSet
	parts []*Literal
}

// maxTextParts limits the literals in region.parts.
const maxTextParts = 50

// narrow returns what is left of a region if a literal is true.
func (m *model) narrow(v *variable, r region, u use) region {
	r.cells = r.cells.and(u.cells)
	if v.kind != valueVariable || v.opaque || !r.cells.has(other) || partOf(u.literal) == noPart || u.literal.Operand != v.operand {
		return r
	}
	if slices.ContainsFunc(r.parts, func(l *Literal) bool { return m.exclude(l, u.literal) || m.exclude(u.literal, l) }) {
		r.cells.remove(other)
	}
	if len(r.parts) < maxTextParts {
		r.parts = append(slices.Clip(r.parts), u.literal)
	}
	return r
}

// textPart is a part of a text.
type textPart uint8

const (
	noPart textPart = iota
	startPart
	endPart
	anyPart
)

// partOf returns the part of a text that a literal compares with values.
func partOf(l *Literal) textPart {
	if l.Check.Values() == nil {
		return noPart
	}
	switch l.Check.Op {
	case ast.OpStartsWith:
		return startPart
	case ast.OpEndsWith:
		return endPart
	case ast.OpContains, ast.OpIContains:
		return anyPart
	}
	return noPart
}

// exclude reports whether no text satisfies two literals, of which the first one requires a
// part of the text.
func (m *model) exclude(l, with *Literal) bool {
	text, ok := requiredPart(l)
	if !ok {
		return false
	}
	if p := partOf(with); with.Negated { // the second one may exclude the part itself
		test := m.test(with)
		return test != nil && (p == anyPart || p == partOf(l)) && with.Check.Modifier != ast.OneOf && test(fieldsets.TextValue(text))
	}
	second, ok := requiredPart(with)
	switch {
	case !ok || partOf(l) != partOf(with):
		return false
	case partOf(l) == startPart:
		return !strings.HasPrefix(text, second) && !strings.HasPrefix(second, text)
	case partOf(l) == endPart:
		return !strings.HasSuffix(text, second) && !strings.HasSuffix(second, text)
	}
	return false
}

// requiredPart returns the text that a literal requires as a part.
func requiredPart(l *Literal) (string, bool) {
	if values := l.Check.Values(); !l.Negated && len(values) == 1 && l.Check.Modifier == ast.NoModifier && l.Check.Op != ast.OpIContains {
		return values[0].Text, true
	}
	return "", false
}
