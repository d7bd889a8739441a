package explain

import (
	"path"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

// maxCompared is how many values, and constants, are looked at for what hardly
// differs.
const maxCompared = 500

// near says what was missing for a check to be true, where that is little: a constant
// that hardly differs, or which value of a list is not in another list.
func near(b branch) string {
	check, ok := b.Expr.(*ast.Check)
	if !ok || b.Result || b.Left == nil || b.Left.Type.Kind() != ast.KindText {
		return ""
	}
	list := check.Constants()
	list = list[:min(len(list), maxCompared)]
	for _, v := range b.Left.Values[:min(len(b.Left.Values), maxCompared)] {
		for _, c := range list {
			if how := difference(check.Op, v, c.Text); how != "" {
				text := valueText(c.Text)
				if at := place(b.part.Value(c)); at != place(b.part.Range()) {
					text += " (" + at + ")"
				}
				return text + " " + how
			}
		}
	}
	if check.Op == ast.OpIn && b.Left.List && check.Modifier == ast.NoModifier && b.Right == nil {
		for _, v := range b.Left.Values {
			if !slices.ContainsFunc(check.Constants(), func(c *ast.Value) bool { return c.Text == v }) {
				return valueText(v) + " is not among them"
			}
		}
	}
	return ""
}

// difference says how a value differs from a constant that it is compared with, if
// that is little.
func difference(op ast.Operator, value, constant string) string {
	const onlyCase = "differs in letter case alone"
	lower, want := strings.ToLower(value), strings.ToLower(constant)
	inCase := func(holds func(s, part string) bool) string {
		if !holds(value, constant) && holds(lower, want) {
			return onlyCase
		}
		return ""
	}
	switch op {
	case ast.OpEq, ast.OpEqEq, ast.OpIn, ast.OpIntersects:
		switch {
		case value == constant || value == "" || constant == "":
			return ""
		case lower == want:
			return onlyCase
		case strings.TrimSpace(value) == strings.TrimSpace(constant):
			return "differs in blanks alone"
		case strings.HasPrefix(value, "/") && path.Base(value) == constant:
			return "is the name without its folder"
		case strings.HasPrefix(constant, "/") && path.Base(constant) == value:
			return "has its folder before it"
		}
	case ast.OpContains:
		return inCase(strings.Contains)
	case ast.OpStartsWith:
		return inCase(strings.HasPrefix)
	case ast.OpEndsWith:
		return inCase(strings.HasSuffix)
	}
	return ""
}
