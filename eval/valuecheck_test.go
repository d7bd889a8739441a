package eval_test

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

func TestValueCheck(t *testing.T) {
	text := fieldsets.Field{Name: "t.text"}
	list := fieldsets.Field{Name: "t.text", List: true}
	several := fieldsets.Field{Name: "t.text", Type: fieldsets.Int64, Match: fieldsets.MatchAny}
	number := fieldsets.Field{Name: "t.text", Type: fieldsets.Uint16}
	for _, test := range []struct {
		check string
		field fieldsets.Field
		value fieldsets.Value
		want  bool
	}{
		{"t.text = a", text, fieldsets.TextValue("a"), true},
		{"t.text in (b, a)", text, fieldsets.TextValue("a"), true},
		{"t.text startswith anyof (x, a)", text, fieldsets.TextValue("ab"), true},
		{"t.text pmatch (/etc)", text, fieldsets.TextValue("/etcetera"), false},
		{"t.text in (a, b)", list, fieldsets.TextValue("a"), true},
		{"t.text intersects (a, b)", list, fieldsets.TextValue("c"), false},
		{"t.text = 5", several, fieldsets.IntValue(5), true},
		{"t.text in (5)", several, fieldsets.IntValue(5), false}, // as in Falco
		{"t.text >= 5", number, fieldsets.NumberValue(5), true},
		{"t.text = 65541", number, fieldsets.NumberValue(5), true}, // as in Falco
	} {
		t.Run(subtest.Name(fmt.Sprint(test.check, test.field.List, test.field.Type)), func(t *testing.T) {
			x, err := parser.Condition(test.check)
			if err != nil {
				t.Fatal(err)
			}
			check, err := eval.ValueCheck(x.(*ast.Check), &test.field)
			if err != nil {
				t.Fatal(err)
			}
			if got := check(test.value); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
	x, _ := parser.Condition("t.text = a")
	if _, err := eval.ValueCheck(x.(*ast.Check), &number); err == nil {
		t.Error("want an error for a text as a number")
	}
}
