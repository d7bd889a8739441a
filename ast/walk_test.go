package ast_test

import (
	"testing"

	"github.com/falcorules/falcorules/ast"
)

func TestInspect(t *testing.T) {
	count := func(n ast.Node) int {
		total := 0
		ast.Inspect(n, func(ast.Node) bool { total++; return true })
		return total
	}
	want := []int{3, 3, 2, 1, 3, 4, 5, 2, 6, 3, 3, 1, 1, 1, 5, 1, 3}
	for i, n := range all() {
		if got := count(n); got != want[i] {
			t.Errorf("%T has %d nodes, want %d", n, got, want[i])
		}
	}
	visited := 0
	ast.Inspect(all()[0], func(ast.Node) bool { visited++; return false })
	if visited != 1 {
		t.Errorf("Inspect visited %d nodes although visit returned false", visited)
	}
}
