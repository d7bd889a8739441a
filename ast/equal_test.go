package ast_test

import (
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

func TestEqual(t *testing.T) {
	a, b := all(), all()
	for i := range a {
		for j := range b {
			if ast.Equal(a[i], b[j]) != (i == j) {
				t.Errorf("Equal(%T, %T) is %v", a[i], b[j], i != j)
			}
		}
	}
	quoted := &ast.Value{Span: diag.Span{Start: diag.Pos{Offset: 3}}, Text: "v", Quote: ast.Double}
	if !ast.Equal(quoted, &ast.Value{Text: "v"}) {
		t.Error("the position or the quotes of a value matter")
	}
	if ast.Equal(nil, quoted) || ast.Equal(quoted, nil) || !ast.Equal(nil, nil) {
		t.Error("nil equals a node, or does not equal nil")
	}
}
