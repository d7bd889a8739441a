package parser

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// The grammar of a check.

type gCheck struct {
	Left     gOperand      `parser:"@@"`
	Op       lexer.Token   `parser:"@( Exists | Operator )"`
	Modifier []lexer.Token `parser:"@Modifier?"`
	Right    *gRight       `parser:"@@?"`
}

type gOperand struct {
	Field     *gField     `parser:"@@"`
	Transform *gTransform `parser:"| @@"`
}

// gField has its argument in Tokens, which participle sets to all tokens of the field.
// This is cheaper than a node for the argument.
type gField struct {
	Tokens []lexer.Token
	Name   lexer.Token `parser:"@Field ( LBracket ( Arg | Quoted ) RBracket )?"`
}

type gArg struct {
	Open  lexer.Token `parser:"@LBracket"`
	Text  lexer.Token `parser:"@( Arg | Quoted )"`
	Close lexer.Token `parser:"@RBracket"`
}

type gTransform struct {
	Name  lexer.Token     `parser:"@Transformer"`
	Args  []gTransformArg `parser:"@@ ( Comma @@ )*"`
	Close lexer.Token     `parser:"@Close"`
	Arg   *gArg           `parser:"@@?"`
}

type gTransformArg struct {
	Value     []lexer.Token   `parser:"@( Number | Quoted )"`
	Field     *gField         `parser:"| @@"`
	Transform *gTransform     `parser:"| @@"`
	List      *gTransformList `parser:"| @@"`
}

type gTransformList struct {
	Open  lexer.Token      `parser:"@Open"`
	Items []gTransformItem `parser:"( @@ ( Comma @@ )* )?"`
	Close lexer.Token      `parser:"@Close"`
}

type gTransformItem struct {
	Value     []lexer.Token `parser:"@( Number | Quoted )"`
	Field     *gField       `parser:"| @@"`
	Transform *gTransform   `parser:"| @@"`
}

type gRight struct {
	Value     []lexer.Token `parser:"@( Bare | Quoted | Number | Ident )"`
	List      *gList        `parser:"| @@"`
	Transform *gTransform   `parser:"| @@"`
	Val       *gVal         `parser:"| @@"`
}

type gVal struct {
	Name  lexer.Token `parser:"@Val"`
	Field gField      `parser:"@@"`
	Close lexer.Token `parser:"@Close"`
	Arg   *gArg       `parser:"@@?"`
}

// gList has its items in Tokens, which participle sets to all tokens of the list. This is
// cheaper than a node for each item of long lists.
type gList struct {
	Tokens []lexer.Token
	Open   lexer.Token `parser:"@Open ( ( Bare | Quoted ) ( Comma ( Bare | Quoted ) )* )?"`
	Close  lexer.Token `parser:"@Close"`
}

// Parsers of participle are safe for concurrent use. Without lookahead, an error in an
// optional part is an error in the check, and does not make the parser try without it.
var (
	checkParser   = participle.MustBuild[gCheck](participle.Lexer(definition{}), participle.UseLookahead(0))
	operandParser = participle.MustBuild[gOperand](participle.Lexer(definition{}), participle.UseLookahead(0))
)

// converter converts the nodes of the grammar to those of package ast.
type converter struct {
	text  string
	lines []int // the offsets at which lines start
}

func newConverter(text string) *converter {
	c := &converter{text: text, lines: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' || text[i] == '\r' {
			c.lines = append(c.lines, i+1)
		}
	}
	return c
}

// pos returns the position at an offset.
func (c *converter) pos(offset int) diag.Pos {
	lo, hi := 0, len(c.lines)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; c.lines[mid] <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	return diag.Pos{Offset: offset, Line: lo + 1, Column: offset - c.lines[lo] + 1}
}

func (c *converter) span(start, end int) diag.Span {
	return diag.Span{Start: c.pos(start), End: c.pos(end)}
}

func tokenEnd(t lexer.Token) int { return t.Pos.Offset + len(t.Value) }

// tokens returns the span of tokens.
func (c *converter) tokens(first, last lexer.Token) diag.Span {
	return c.span(first.Pos.Offset, tokenEnd(last))
}

func (c *converter) check(g *gCheck) *ast.Check {
	x := &ast.Check{Left: c.operand(&g.Left), Op: ast.Operator(g.Op.Value), OpSpan: c.tokens(g.Op, g.Op)}
	x.Span = diag.Span{Start: x.Left.Range().Start, End: x.OpSpan.End}
	if len(g.Modifier) > 0 {
		x.Modifier = ast.Modifier(g.Modifier[0].Value)
		x.OpSpan = c.tokens(g.Op, g.Modifier[0])
	}
	if g.Right != nil {
		x.Right = c.right(g.Right)
		x.Span.End = x.Right.Range().End
	}
	return x
}

func (c *converter) operand(g *gOperand) ast.Operand {
	if g.Field != nil {
		return c.field(g.Field)
	}
	return c.transform(g.Transform)
}

func (c *converter) field(g *gField) *ast.Field {
	f := &ast.Field{Span: c.tokens(g.Name, g.Name), Name: g.Name.Value}
	if len(g.Tokens) == 4 {
		f.Arg = c.arg(&gArg{g.Tokens[1], g.Tokens[2], g.Tokens[3]})
		f.Span.End = f.Arg.Span.End
	}
	return f
}

// arg converts an argument, whose span includes the brackets.
func (c *converter) arg(g *gArg) *ast.Arg {
	if g == nil {
		return nil
	}
	v := c.value(g.Text)
	return &ast.Arg{Span: c.tokens(g.Open, g.Close), Text: v.Text, Quote: v.Quote}
}

func (c *converter) transform(g *gTransform) *ast.Transform {
	t := &ast.Transform{Span: c.tokens(g.Name, g.Close), Name: g.Name.Value[:len(g.Name.Value)-1], Arg: c.arg(g.Arg)}
	for i := range g.Args {
		a := &g.Args[i]
		if a.List != nil {
			list := &ast.TransformList{Span: c.tokens(a.List.Open, a.List.Close)}
			for j := range a.List.Items {
				it := &a.List.Items[j]
				list.Items = append(list.Items, c.argument(it.Value, it.Field, it.Transform))
			}
			t.Args = append(t.Args, list)
			continue
		}
		t.Args = append(t.Args, c.argument(a.Value, a.Field, a.Transform))
	}
	if t.Arg != nil {
		t.Span.End = t.Arg.Span.End
	}
	return t
}

func (c *converter) argument(value []lexer.Token, field *gField, transform *gTransform) ast.Node {
	switch {
	case field != nil:
		return c.field(field)
	case transform != nil:
		return c.transform(transform)
	}
	return c.value(value[0])
}

func (c *converter) right(g *gRight) ast.Node {
	switch {
	case g.List != nil:
		list := &ast.List{Span: c.tokens(g.List.Open, g.List.Close)}
		list.Items = make([]*ast.Value, 0, len(g.List.Tokens)/2)
		for _, t := range g.List.Tokens {
			if t.Type == tokBare || t.Type == tokQuoted {
				list.Items = append(list.Items, c.value(t))
			}
		}
		return list
	case g.Transform != nil:
		return c.transform(g.Transform)
	case g.Val != nil:
		t := &ast.Transform{Span: c.tokens(g.Val.Name, g.Val.Close), Name: ast.Val, Args: []ast.Node{c.field(&g.Val.Field)}, Arg: c.arg(g.Val.Arg)}
		if t.Arg != nil {
			t.Span.End = t.Arg.Span.End
		}
		return t
	}
	return c.value(g.Value[0])
}

func (c *converter) value(t lexer.Token) *ast.Value {
	v := &ast.Value{Span: c.tokens(t, t), Text: t.Value}
	if t.Type == tokQuoted {
		v.Quote = ast.Quote(t.Value[0])
		v.Text, _ = unquote(t.Value) // the scanner rejects invalid escapes
	}
	return v
}
