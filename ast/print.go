package ast

import "strings"

// String returns the canonical text of a node, as Falco prints compiled
// conditions: and and or chains in parentheses, not without, list items joined
// by ", ", transformer arguments by ",", a value quoted only where it must be.
//
// Of an output it returns the template.
//
// The text is for reading and comparing. Like Falco's it loses what it cannot
// say: an empty value prints as nothing, so the text need not parse.
func String(n Node) string {
	var p printer
	p.print(n)
	return p.String()
}

// Display returns the text of String, with values in quotes if they are empty or have
// characters that divide a list: for messages, in which each value must be seen.
func Display(n Node) string {
	p := printer{display: true}
	p.print(n)
	return p.String()
}

// printer writes the canonical text, or that of [Display].
type printer struct {
	strings.Builder
	display bool
}

func (p *printer) print(n Node) {
	switch n := n.(type) {
	case *And:
		p.chain(n.Operands, " and ")
	case *Or:
		p.chain(n.Operands, " or ")
	case *Not:
		p.WriteString("not ")
		p.print(n.Operand)
	case *MacroRef:
		p.WriteString(n.Name)
	case *Check:
		p.print(n.Left)
		p.WriteByte(' ')
		p.WriteString(string(n.Op))
		if n.Modifier != NoModifier {
			p.WriteByte(' ')
			p.WriteString(string(n.Modifier))
		}
		if n.Right != nil {
			p.WriteByte(' ')
			p.print(n.Right)
		}
	case *Field:
		p.WriteString(n.Name)
		p.arg(n.Arg)
	case *Transform:
		p.WriteString(n.Name)
		printItems(p, n.Args, ",")
		p.arg(n.Arg)
	case *TransformList:
		printItems(p, n.Items, ",")
	case *List:
		printItems(p, n.Items, ", ")
	case *Value:
		p.value(n.Text)
	case *Arg:
		p.arg(n)
	case *Output, *Text, *Insert:
		format(&p.Builder, n)
	}
}

func (p *printer) value(text string) {
	written := quoteIfNeeded(text)
	if p.display && (text == "" || written == text && strings.ContainsAny(text, ",()")) {
		written = `"` + text + `"`
	}
	p.WriteString(written)
}

func (p *printer) chain(operands []Expr, word string) {
	p.WriteByte('(')
	for i, x := range operands {
		if i > 0 {
			p.WriteString(word)
		}
		p.print(x)
	}
	p.WriteByte(')')
}

func printItems[N Node](p *printer, items []N, sep string) {
	p.WriteByte('(')
	for i, x := range items {
		if i > 0 {
			p.WriteString(sep)
		}
		p.print(x)
	}
	p.WriteByte(')')
}

func (p *printer) arg(a *Arg) {
	switch {
	case a == nil:
	case a.Text == "":
		p.WriteString(`[""]`)
	default:
		p.WriteByte('[')
		p.WriteString(quoteIfNeeded(a.Text))
		p.WriteByte(']')
	}
}

// quoteIfNeeded returns s, in double quotes where it holds a byte that Falco
// quotes for. An empty text stays empty.
func quoteIfNeeded(s string) string {
	if !strings.ContainsAny(s, "\b\f\n\r\t =\\\"'\x00") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\\', '"':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
