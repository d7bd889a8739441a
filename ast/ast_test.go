package ast_test

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
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

// all returns nodes of every type.
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
		&ast.Output{Parts: []ast.Node{&ast.Text{Text: "t"}, &ast.Placeholder{Width: 12, Operand: field()}}},
		&ast.Text{Text: "t"},
		&ast.Placeholder{Operand: field()},
	}
}

const valuesNote = `
## Values

A condition loads only if each value has the type of the field or transformer on its left. The pages about [fields](fields/README.md)
list their types.

| type | values |
|---|---|
| text, bytes | any, up to 255 bytes |
| whole numbers | decimal digits, with or without a sign; the number is cut to the size of the type |
| DOUBLE | whole numbers, cut to 32 bits: ` + "`thread.cpu > 90`, not `thread.cpu > 0.5`, even though the field has fractions" + ` |
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
