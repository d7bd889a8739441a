package ast_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

func TestJSON(t *testing.T) {
	for _, n := range all() {
		data, err := ast.JSON(n)
		var got struct{ Kind string }
		if err != nil || json.Unmarshal(data, &got) != nil || got.Kind == "" {
			t.Errorf("%T: %s, %v", n, data, err)
		}
	}
	data, err := ast.JSON(&ast.Check{
		Span: diag.Span{Start: diag.Pos{Offset: 0, Line: 1, Column: 1}, End: diag.Pos{Offset: 8, Line: 1, Column: 9}},
		Left: &ast.Field{Name: "a.b"}, Op: ast.OpEq, Right: &ast.Value{Quote: ast.Double},
	})
	if err != nil {
		t.Fatal(err)
	}
	const none = `"range":{}`
	want := `{"kind":"check","range":{"start":{"offset":0,"line":1,"column":1},"end":{"offset":8,"line":1,"column":9}},` +
		`"left":{"kind":"field",` + none + `,"name":"a.b"},"operator":"=","right":{"kind":"value",` + none + `,"text":"","quote":"\""}}`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
