package proof

import (
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/loader"
)

// SameMatches is like [Same] for a change that only tidies up: descriptions, outputs, tags
// and the items of lists can differ, and in conditions, the operands of and and or can have
// another order, and some can be missing. The caller knows that a missing operand makes no
// difference; SameMatches finds out whether anything else is different.
func SameMatches(before, after *loader.Ruleset) error {
	if err := sameItems("rule", before.Rules, after.Rules, ruleName, matchChange); err != nil {
		return err
	}
	return sameItems("macro", before.Macros, after.Macros, macroName, func(a, b *loader.Macro) string {
		if !isTidied(a.Compiled, b.Compiled) {
			return "condition"
		}
		return ""
	})
}

func matchChange(a, b *loader.Rule) string {
	if !isTidied(a.Compiled, b.Compiled) {
		return "condition"
	}
	other := *b
	other.Desc, other.Tags, other.Output, other.CompiledOutput = a.Desc, a.Tags, a.Output, a.CompiledOutput
	other.Compiled, other.Plugins = a.Compiled, a.Plugins // plugins follow from the fields in outputs, too
	return ruleChange(a, &other)
}

// isTidied reports whether after is like before, but for operands that have another position
// or are missing, and values that are repeated in before.
func isTidied(before, after ast.Expr) bool {
	if text(before) == text(after) {
		return true
	}
	if not, ok := before.(*ast.Not); ok {
		other, ok := after.(*ast.Not)
		return ok && isTidied(not.Operand, other.Operand)
	}
	_, isAnd := before.(*ast.And)
	if _, isOr := before.(*ast.Or); !isAnd && !isOr {
		return false
	}
	old := map[string][]ast.Expr{}
	for _, x := range operands(before, isAnd) {
		old[text(x)] = append(old[text(x)], x)
	}
	var changed []ast.Expr
	for _, x := range operands(after, isAnd) {
		if same := old[text(x)]; len(same) > 0 {
			old[text(x)] = same[1:]
		} else {
			changed = append(changed, x)
		}
	}
	var rest []ast.Expr
	for _, x := range operands(before, isAnd) {
		if same := old[text(x)]; len(same) > 0 {
			old[text(x)] = same[1:]
			rest = append(rest, x)
		}
	}
	if len(changed)*len(rest) > maxPairs {
		return false
	}
	for _, x := range changed {
		i := slices.IndexFunc(rest, func(old ast.Expr) bool { return isTidied(old, x) })
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return true
}

// maxPairs limits the operands that are compared with each other.
const maxPairs = 10_000

// operands returns the operands of an and or an or, and those of the same kind among them.
func operands(x ast.Expr, isAnd bool) []ast.Expr {
	var list []ast.Expr
	switch x := x.(type) {
	case *ast.And:
		if isAnd {
			list = x.Operands
		}
	case *ast.Or:
		if !isAnd {
			list = x.Operands
		}
	}
	if list == nil {
		return []ast.Expr{x}
	}
	var out []ast.Expr
	for _, o := range list {
		out = append(out, operands(o, isAnd)...)
	}
	return out
}

// text returns a text that equal conditions have in common. A repeated value in a list makes
// no difference, unless a modifier counts the values.
func text(x ast.Expr) string {
	check, ok := x.(*ast.Check)
	if !ok {
		return ast.String(x)
	}
	list, ok := check.Right.(*ast.List)
	if !ok || check.Modifier != ast.NoModifier {
		return ast.String(x)
	}
	values := make([]string, len(list.Items))
	for i, v := range list.Items {
		values[i] = v.Text
	}
	slices.Sort(values)
	return fmt.Sprintf("%s %s %q", ast.String(check.Left), check.Op, slices.Compact(values))
}
