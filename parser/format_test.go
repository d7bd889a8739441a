package parser_test

import (
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

// roundTrip formats x, parses the text and compares the result with x.
func roundTrip(t *testing.T, x ast.Expr) {
	t.Helper()
	text := ast.Format(x)
	y, err := parser.Condition(text)
	if err != nil {
		t.Errorf("%q does not parse: %v", text, err)
		return
	}
	if !ast.Equal(x, y) {
		t.Errorf("%q is\n%s\nnot\n%s", text, ast.String(y), ast.String(x))
	}
	if again := ast.Format(y); again != text {
		t.Errorf("%q is written as %q the second time", text, again)
	}
}

func TestFormat(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"a  and(b or c)", "a and (b or c)"},
		{"(a and b) or c", "a and b or c"},
		{"(a and b) and c", "(a and b) and c"},
		{"((a or b))", "a or b"},
		{"not(a)", "not a"},
		{"not (not a)", "not (not a)"},
		{"not (a and b)", "not (a and b)"},
		{"(not) and x", "(not) and x"},
		{"a.b=c", "a.b = c"},
		{"a.b = 'c'", "a.b = 'c'"},
		{`a.b = ""`, `a.b = ""`},
		{`a.b = "c\x5c"`, `a.b = "c\x5c"`},
		{`a.b = "\x00\"\\d"`, `a.b = "\x00\"\\d"`},
		{`a.b in(c,'d')`, "a.b in (c, 'd')"},
		{"a.b  startswith  anyof  (c)", "a.b startswith anyof (c)"},
		{"a.b['x'] exists", "a.b['x'] exists"},
		{"concat( a.b,'x',5 )[y] = val( c.d )", "concat(a.b, 'x', 5)[y] = val(c.d)"},
	} {
		t.Run(subtest.Name(test.in), func(t *testing.T) {
			x, err := parser.Condition(test.in)
			if err != nil {
				t.Errorf("%q: %v", test.in, err)
				return
			}
			if got := ast.Format(x); got != test.want {
				t.Errorf("%q:\n got %s\nwant %s", test.in, got, test.want)
			}
			roundTrip(t, x)
		})
	}
}

func TestFormatOutput(t *testing.T) {
	for _, test := range outputs {
		t.Run(subtest.Name(test.in), func(t *testing.T) {
			out, err := parser.Output(test.in, 20, known)
			if err != nil {
				return
			}
			text := ast.Format(out)
			again, err := parser.Output(text, 20, known)
			if err != nil || !ast.Equal(out, again) {
				t.Errorf("%q is written as %q, which is not equal: %v", test.in, text, err)
			}
		})
	}
}

// FuzzFormat formats trees that are generated from bytes, and parses the text.
func FuzzFormat(f *testing.F) {
	f.Add([]byte("and or not (a.b = c) in exists"))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 200, 100, 50, 25, 12, 6, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		g := generator{data: data}
		roundTrip(t, g.expr(0))
	})
}

// TestFormatGenerated does the same as FuzzFormat for random trees.
func TestFormatGenerated(t *testing.T) {
	for seed := range samples.Of(3000) {
		data := make([]byte, 200)
		x := uint32(seed)*2654435761 + 1
		for i := range data {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			data[i] = byte(x >> 7)
		}
		g := generator{data: data}
		roundTrip(t, g.expr(0))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// generator generates trees that a parser could return, from bytes.
type generator struct{ data []byte }

// next returns a number below n.
func (g *generator) next(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return int(b) % n
}

func (g *generator) expr(depth int) ast.Expr {
	kind := g.next(8)
	if depth > 6 {
		kind = 7
	}
	switch kind {
	case 0, 1:
		return &ast.And{Operands: g.exprs(depth)}
	case 2, 3:
		return &ast.Or{Operands: g.exprs(depth)}
	case 4:
		return &ast.Not{Operand: g.expr(depth + 1)}
	case 5:
		return &ast.MacroRef{Name: []string{"m", "not", "and", "or", "exists", "in_2", "tolower"}[g.next(7)]}
	}
	return g.check()
}

func (g *generator) exprs(depth int) []ast.Expr {
	out := make([]ast.Expr, 2+g.next(2))
	for i := range out {
		out[i] = g.expr(depth + 1)
	}
	return out
}

func (g *generator) check() *ast.Check {
	ops := ast.Operators()
	op := ops[g.next(len(ops))]
	c := &ast.Check{Left: g.operand(0), Op: op.Op}
	switch op.Class {
	case ast.Unary:
		return c
	case ast.Numeric:
		c.Right = g.number()
	case ast.Textual:
		if g.next(3) == 0 {
			c.Modifier = []ast.Modifier{ast.OneOf, ast.AnyOf, ast.AllOf}[g.next(3)]
			c.Right = g.list()
			return c
		}
		c.Right = g.value()
	case ast.Membership:
		if g.next(4) == 0 {
			c.Right = &ast.Value{Text: []string{"names", "and", "not", "x1_"}[g.next(4)]}
			return c
		}
		c.Right = g.list()
	}
	switch g.next(5) {
	case 0:
		c.Right = &ast.Transform{Name: ast.Val, Args: []ast.Node{g.field()}}
	case 1:
		c.Right = g.transform(0)
	}
	return c
}

func (g *generator) operand(depth int) ast.Operand {
	if depth < 4 && g.next(3) == 0 {
		return g.transform(depth)
	}
	return g.field()
}

func (g *generator) field() *ast.Field {
	return &ast.Field{Name: []string{"a.b", "ka.uri.param", "not.x", "in.y", "tolower.z"}[g.next(5)], Arg: g.arg()}
}

func (g *generator) arg() *ast.Arg {
	if g.next(3) > 0 {
		return nil
	}
	v := g.value()
	return &ast.Arg{Text: v.Text, Quote: v.Quote}
}

func (g *generator) transform(depth int) *ast.Transform {
	names := ast.Transformers()
	t := &ast.Transform{Name: names[g.next(len(names))].Name, Arg: g.arg()}
	for range 1 + g.next(3) {
		t.Args = append(t.Args, g.transformArg(depth))
	}
	return t
}

func (g *generator) transformArg(depth int) ast.Node {
	switch g.next(5) {
	case 0:
		return g.number()
	case 1:
		return &ast.Value{Text: g.text(), Quote: ast.Double}
	case 2:
		l := &ast.TransformList{}
		for range g.next(3) {
			l.Items = append(l.Items, g.operand(depth+1))
		}
		return l
	}
	return g.operand(depth + 1)
}

func (g *generator) number() *ast.Value {
	return &ast.Value{Text: []string{"0", "-1.5", "0x1F", "+3e-7"}[g.next(4)]}
}

func (g *generator) list() *ast.List {
	l := &ast.List{}
	for range g.next(4) {
		l.Items = append(l.Items, g.value())
	}
	return l
}

func (g *generator) value() *ast.Value {
	return &ast.Value{Text: g.text(), Quote: []ast.Quote{ast.Bare, ast.Double, ast.Single}[g.next(3)]}
}

func (g *generator) text() string {
	if g.next(4) == 0 {
		b := make([]byte, g.next(6))
		for i := range b {
			b[i] = byte(g.next(256))
		}
		return string(b)
	}
	return []string{"", "x", "oneof", "and", "a b", `c:\`, `"`, `\"'`, "é", "(", "a=b", "val", "\n"}[g.next(13)]
}

// TestFormatTable formats all valid conditions of the table.
func TestFormatTable(t *testing.T) {
	for _, test := range conditions {
		if x, err := parser.Condition(test.in); err == nil {
			roundTrip(t, x)
		}
	}
}
