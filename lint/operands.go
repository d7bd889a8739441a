package lint

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// enclosed returns the span of an operand with the parentheses around it, as far as they are
// within the span of the and or or that it is an operand of.
func enclosed(text string, operand ast.Node, within diag.Span) diag.Span {
	span := operand.Range()
	for {
		start, end := span.Start.Offset, span.End.Offset
		for start > within.Start.Offset && isBlank(text[start-1]) {
			start--
		}
		for end < within.End.Offset && isBlank(text[end]) {
			end++
		}
		if start <= within.Start.Offset || end >= within.End.Offset || text[start-1] != '(' || text[end] != ')' {
			return span
		}
		span.Start.Offset, span.End.Offset = start-1, end+1
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\b' }

// operandsIn returns the operands of an and, an or or a not.
func operandsIn(x ast.Expr) []ast.Expr {
	switch x := x.(type) {
	case *ast.And:
		return x.Operands
	case *ast.Or:
		return x.Operands
	case *ast.Not:
		return []ast.Expr{x.Operand}
	}
	return nil
}
