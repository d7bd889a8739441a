package ast_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/golden"
)

func Example() {
	condition := &ast.And{Operands: []ast.Expr{
		&ast.MacroRef{Name: "spawned_process"},
		&ast.Not{Operand: &ast.Check{
			Left:  &ast.Field{Name: "proc.name"},
			Op:    ast.OpIn,
			Right: &ast.List{Items: []*ast.Value{{Text: "bash"}, {Text: "my shell"}}},
		}},
	}}
	fmt.Println(ast.String(condition))
	fmt.Println(ast.Format(condition))
	ast.Inspect(condition, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok {
			fmt.Println("field", f.Name)
		}
		return true
	})
	// Output:
	// (spawned_process and not proc.name in (bash, "my shell"))
	// spawned_process and not proc.name in (bash, "my shell")
	// field proc.name
}

// all has a node of every type.
func all() []ast.Node {
	field := func() *ast.Field { return &ast.Field{Name: "a.b", Arg: &ast.Arg{Text: "x", Quote: ast.Single}} }
	value := func() *ast.Value { return &ast.Value{Text: "v"} }
	return []ast.Node{
		&ast.And{Operands: []ast.Expr{&ast.MacroRef{Name: "m"}, &ast.MacroRef{Name: "n"}}},
		&ast.Or{Operands: []ast.Expr{&ast.MacroRef{Name: "m"}, &ast.MacroRef{Name: "n"}}},
		&ast.Not{Operand: &ast.MacroRef{Name: "m"}},
		&ast.MacroRef{Name: "m"},
		&ast.Check{Left: field(), Op: ast.OpExists},
		&ast.Check{Left: field(), Op: ast.OpEq, Right: value()},
		&ast.Check{Left: field(), Op: ast.OpEq, Modifier: ast.AnyOf, Right: &ast.List{Items: []*ast.Value{value()}}},
		field(),
		&ast.Transform{Name: "concat", Args: []ast.Node{field(), &ast.TransformList{Items: []ast.Node{value()}}}, Arg: &ast.Arg{}},
		&ast.TransformList{Items: []ast.Node{field()}},
		&ast.List{Items: []*ast.Value{value(), value()}},
		value(),
		&ast.Arg{Text: "x"},
		&ast.Bad{},
		&ast.Output{Parts: []ast.Node{&ast.Text{Text: "t"}, &ast.Insert{Width: 12, Operand: field()}}},
		&ast.Text{Text: "t"},
		&ast.Insert{Operand: field()},
	}
}

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
		t.Error("the place and the quotes of a value count")
	}
	if ast.Equal(nil, quoted) || ast.Equal(quoted, nil) || !ast.Equal(nil, nil) {
		t.Error("nil is equal to a node, or not to nil")
	}
}

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

func TestChildrenAreAllNodes(t *testing.T) {
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
		t.Errorf("Inspect goes on where visit says no: %d nodes", visited)
	}
}

// TestOperatorsPage holds the page about operators and transformers against
// their tables.
func TestOperatorsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Operators and transformers\n\n```sh\nfalcorules fields proc.args   # what accepts this field\n```\n\n" +
		"The operators and transformers of conditions and the types they accept. If an event has no value for a field, every check of the\nfield is false, whatever the operator.\n\n" +
		"## Operators\n\n| operator | left side | right side | true if |\n|---|---|---|---|\n")
	classes := map[ast.OperatorClass]string{ast.Unary: "nothing", ast.Numeric: "a number", ast.Textual: "a value, or oneof, anyof or allof and a list", ast.Membership: "a list"}
	for _, op := range ast.Operators() {
		left := kinds(op.Kinds)
		if op.Lists {
			left += "; lists"
		}
		right := classes[op.Class]
		if op.Fields {
			right += "; a field or a transformer"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", op.Op, left, right, op.Desc)
	}
	b.WriteString("\nTo compare with another field, write `val(…)` around it: `fd.name = val(proc.exepath)`. Operators that are words need a blank behind them.\n\n" +
		"## Transformers\n\n| call | accepts | result | value |\n|---|---|---|---|\n")
	for _, tr := range ast.Transformers() {
		takes := kinds(tr.Kinds)
		switch {
		case tr.AnyList:
			takes += "; lists of anything"
		case tr.Lists:
			takes += "; lists"
		}
		gives := tr.Gives.String()
		if tr.Same {
			gives = "the same type; a list for a list"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", tr.Usage, takes, gives, tr.Desc)
	}
	b.WriteString(constantsNote)
	golden.Check(t, "../docs/operators.md", b.String())
}

const constantsNote = `
## Constants

A condition loads only if each constant has the type of the field or transformer on its left. The pages about [fields](fields/README.md)
list their types.

| type | constants |
|---|---|
| text, bytes | any, up to 255 bytes |
| whole numbers | decimal digits, with or without a sign; the number is cut to the size of the type |
| DOUBLE | whole numbers, cut to 32 bits: ` + "`thread.cpu > 90`, not `thread.cpu > 0.5`, though values have fractions" + ` |
| BOOL | ` + "`true` or `false`" + ` |
| PORT | a number, or the name of a service such as ` + "`https`" + ` |
| IPADDR | an address, such as ` + "`10.0.0.1` or `fe80::1`" + ` |
| IPNET | a network, such as ` + "`10.0.0.0/8` or `fe80::/10`" + ` |

Hexadecimal numbers, fractions and exponents are text, not numbers.

## Costs

Most checks look at a value once. There are two exceptions:

- ` + "`glob`, `iglob` and `pmatch`" + ` try each pattern separately: a list of 20,000 patterns is tried 20,000 times. If ` + "`?` or `[…]` follows a `*`" + `, the
  pattern is tried at every byte of the value.
- ` + "`regex`" + ` takes time proportional to the length of the value and the size of the expression. Repetitions such as ` + "`(a|b){500}`" + ` make an
  expression large; a value of 250 KB can then take a second. Rules do not load if all regular expressions of a source, with repetitions
  written out, have more than 1,000,000 characters and operators.

` + "`--max-event-size`" + ` limits the size of values in JSON events and so the time, which matters if you match events that you do not trust.
`

func kinds(list []ast.Kind) string {
	if len(list) == 5 {
		return "anything"
	}
	var words []string
	for _, k := range list {
		words = append(words, k.String())
	}
	return strings.Join(words, ", ")
}
