package coverage

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/loader"
)

// condition is the condition of a rule or a macro as it is written. Either rule or macro
// is nil.
type condition struct {
	rule  *loader.Rule
	macro *loader.Macro
	trace *loader.Trace
	// expr is the condition. Its nodes are in no other condition, so they can be keys
	// of maps.
	expr ast.Expr
	// exceptions are the operands of expr that are exceptions of the rule.
	exceptions []ast.Expr
}

// conditionsOf returns the conditions of all rules and then those of all macros.
func conditionsOf(set *loader.Ruleset) []condition {
	var out []condition
	taken := map[ast.Expr]bool{}
	for _, r := range set.Rules {
		c := condition{rule: r, trace: r.Trace(), expr: r.Trace().Expr()}
		if taken[c.expr] { // of a rule with the same text
			c.expr = withOwnNodes(c.expr)
		}
		taken[c.expr] = true
		if n := len(c.trace.Exceptions()); n > 0 {
			operands := ast.Operands(c.expr)
			c.exceptions = operands[len(operands)-n:]
		}
		out = append(out, c)
	}
	for _, m := range set.Macros {
		out = append(out, condition{macro: m, trace: m.Trace(), expr: m.Trace().Expr()})
	}
	return out
}

// withOwnNodes returns a copy of an expression. Operands and values of checks are shared.
func withOwnNodes(x ast.Expr) ast.Expr {
	all := func(operands []ast.Expr) []ast.Expr {
		out := make([]ast.Expr, len(operands))
		for i, o := range operands {
			out[i] = withOwnNodes(o)
		}
		return out
	}
	switch x := x.(type) {
	case *ast.And:
		return &ast.And{Span: x.Span, Operands: all(x.Operands)}
	case *ast.Or:
		return &ast.Or{Span: x.Span, Operands: all(x.Operands)}
	case *ast.Not:
		return &ast.Not{Span: x.Span, Operand: withOwnNodes(x.Operand)}
	case *ast.Check:
		own := *x
		return &own
	case *ast.MacroRef:
		own := *x
		return &own
	}
	return x
}

// ownerOf returns the owner of a node of the condition.
func (c condition) ownerOf(o loader.Origin) owner {
	switch {
	case c.macro != nil:
		return owner{macro: c.macro.Name}
	case o.Exception != nil:
		return owner{rule: c.rule.Name, exception: o.Exception.Name}
	}
	return owner{rule: c.rule.Name}
}
