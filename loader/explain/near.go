package explain

import (
	"path"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

// maxCompared limits how many values of the event, and of the check, are compared to
// find similar ones.
const maxCompared = 500

// near says how a check was nearly true: a value of the check differs little from what
// was seen, or one element of a list is not in the check's list. It returns nothing
// otherwise.
func near(n node) string {
	check, ok := n.Expr.(*ast.Check)
	if !ok || n.Result || n.Left == nil || n.Left.Type.Kind() != ast.KindText {
		return ""
	}
	wanted := check.Values()
	for _, v := range n.Left.Values[:min(len(n.Left.Values), maxCompared)] {
		for _, want := range wanted[:min(len(wanted), maxCompared)] {
			how := difference(check.Op, v, want.Text)
			if how == "" {
				continue
			}
			text := valueText(want.Text)
			if at := position(n.from.At(want).Range); at != position(n.from.Origin().Range) {
				text += " (" + at + ")"
			}
			return text + " " + how
		}
	}
	if check.Op == ast.OpIn && n.Left.List && check.Modifier == ast.NoModifier && n.Right == nil {
		for _, v := range n.Left.Values {
			if !slices.ContainsFunc(wanted, func(want *ast.Value) bool { return want.Text == v }) {
				return valueText(v) + " is not in the list"
			}
		}
	}
	return ""
}

// difference returns how the wanted value of a check differs from the value that was
// seen, if that is little.
func difference(op ast.Operator, value, wanted string) string {
	const onlyCase = "differs only in case"
	lower, lowerWanted := strings.ToLower(value), strings.ToLower(wanted)
	inCase := func(matches func(s, part string) bool) string {
		if !matches(value, wanted) && matches(lower, lowerWanted) {
			return onlyCase
		}
		return ""
	}
	switch op {
	case ast.OpEq, ast.OpEqEq, ast.OpIn, ast.OpIntersects:
		switch {
		case value == wanted || value == "" || wanted == "":
			return ""
		case lower == lowerWanted:
			return onlyCase
		case strings.TrimSpace(value) == strings.TrimSpace(wanted):
			return "differs only in spaces"
		case strings.HasPrefix(value, "/") && path.Base(value) == wanted:
			return "lacks the directory"
		case strings.HasPrefix(wanted, "/") && path.Base(wanted) == value:
			return "includes the directory"
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
