package ast

import "strings"

// String returns the canonical text of a node, as Falco prints compiled conditions: each
// and and or is in parentheses, list items are joined by ", " and transformer arguments
// by ",", and values have quotes only if Falco adds them. The text of an output is its
// template.
//
// The text is for people and for comparisons. It may not parse: an empty value, for
// example, prints as nothing.
func String(n Node) string {
	var p printer
	p.print(n)
	return p.String()
}

// Display is like [String], but also quotes values that are empty or that contain a
// comma or a parenthesis. Use it in messages.
func Display(n Node) string {
	p := printer{display: true}
	p.print(n)
	return p.String()
}

// printer writes the text of [String] or [Display].
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
	case *Output, *Text, *Placeholder:
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

// quoteIfNeeded returns s, in double quotes if it has a character for which Falco adds
// them. It returns an empty text unchanged.
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
