// Package format lays out rules files.
package format

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/parser"
)

// A condition is a condition of a rules file as it is written: lists and macros are
// names, because Falco puts lists into the text. It can be a text to append, which
// begins with "and" or "or".
//
// Its layouts have the same words in the same order as the text and differ only in the
// white space outside of quotes. In particular they keep all parentheses. A pair around
// the whole condition looks redundant, but matters once something is appended.
type condition struct{ expr }

// An expr is a macro, a check or a chain of operands, with the parentheses around it.
type expr struct {
	// open has the nots and parentheses before it, such as "not (", and closing the
	// parentheses after it.
	open, closing string
	// head is a macro, or a check without its list. items is the list.
	head  string
	items []string
	// join is the word between operands. In a text to append it can also be before the
	// first one.
	join      string
	joinFirst bool
	operands  []expr
	// width is the number of characters of the expression in one line.
	width int
}

// newCondition returns the condition in a text. It returns false if the text does not
// parse or cannot be laid out.
func newCondition(text string) (*condition, bool) {
	b, ok := parse(text)
	if !ok {
		return nil, false
	}
	c := &condition{b.expr(b.tree, 0, len(b.text))}
	// The words are taken from the text by the ranges of the tree. Make sure that none
	// is lost, and that none reads differently with blanks around it.
	line := c.line()
	again, ok := parse(line)
	if !ok || !ast.Equal(b.tree, again.tree) || squeeze(line) != squeeze(text) || strings.ContainsAny(line, "\n\r") {
		return nil, false
	}
	return c, true
}

// base takes the place of the condition that a text is appended to.
const base = "base"

// parse parses a condition or a text to append.
func parse(text string) (*builder, bool) {
	b := &builder{text: strings.Trim(text, blanks)}
	var err error
	b.tree, err = parser.Condition(b.text)
	if err != nil && (hasWord(b.text, "and") || hasWord(b.text, "or")) {
		b.text, b.appended = base+" "+b.text, true
		b.tree, err = parser.Condition(b.text)
	}
	return b, err == nil
}

// blanks are the bytes between words. The last two are allowed only after a not.
const blanks = " \t\b\r\n\v\f"

// squeeze returns a text without white space.
func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(blanks, r) {
			return -1
		}
		return r
	}, text)
}

// hasWord reports whether a text begins with a word of the logic.
func hasWord(text, word string) bool {
	after, ok := strings.CutPrefix(text, word)
	return ok && after != "" && strings.IndexByte(blanks+"(", after[0]) >= 0
}

// A builder makes expressions of a text and its tree.
type builder struct {
	text string
	tree ast.Expr
	// appended says that the text begins with [base].
	appended bool
}

// expr returns the expression x, which is in text[start:end] with all that is around
// it.
func (b *builder) expr(x ast.Expr, start, end int) expr {
	for {
		not, ok := x.(*ast.Not)
		if !ok {
			break
		}
		x = not.Operand
	}
	at := x.Range()
	out := expr{
		open:    strings.ReplaceAll(squeeze(b.text[start:at.Start.Offset]), "not", "not "),
		closing: squeeze(b.text[at.End.Offset:end]),
	}
	switch x := x.(type) {
	case *ast.And:
		b.chain(&out, "and", x.Operands, at.Start.Offset, at.End.Offset)
	case *ast.Or:
		b.chain(&out, "or", x.Operands, at.Start.Offset, at.End.Offset)
	case *ast.Check:
		b.check(&out, x)
	default:
		out.head = b.source(x)
	}
	out.measure()
	return out
}

// chain adds the operands of a chain in text[start:end].
func (b *builder) chain(out *expr, join string, operands []ast.Expr, start, end int) {
	out.join = join
	for i, x := range operands {
		next := end
		if i+1 < len(operands) {
			next = x.Range().End.Offset
			next += len(b.text[next:]) - len(strings.TrimLeft(b.text[next:], blanks+")"))
		}
		if b.appended && x.Range().End.Offset == len(base) {
			out.joinFirst = true
		} else {
			out.operands = append(out.operands, b.expr(x, start, next))
		}
		start = next + len(join)
	}
}

// source returns a node as it is written.
func (b *builder) source(n ast.Node) string {
	at := n.Range()
	return b.text[at.Start.Offset:at.End.Offset]
}

func (b *builder) check(out *expr, c *ast.Check) {
	out.head = b.operand(c.Left) + " " + string(c.Op)
	if c.Modifier != ast.NoModifier {
		out.head += " " + string(c.Modifier)
	}
	switch right := c.Right.(type) {
	case nil:
	case *ast.List:
		out.head += " "
		out.items = make([]string, len(right.Items))
		for i, item := range right.Items {
			out.items[i] = b.source(item)
		}
	default:
		out.head += " " + b.operand(right)
	}
}

// operand returns a field, a transformer, one of its arguments, or a value.
func (b *builder) operand(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Transform:
		out := n.Name + b.arguments(n.Args)
		if n.Arg != nil {
			out += b.source(n.Arg)
		}
		return out
	case *ast.TransformList:
		return b.arguments(n.Items)
	}
	return b.source(n)
}

func (b *builder) arguments(args []ast.Node) string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = b.operand(arg)
	}
	return "(" + strings.Join(out, ", ") + ")"
}
