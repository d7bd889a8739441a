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
	var b strings.Builder
	write(&b, n)
	return b.String()
}

func write(b *strings.Builder, n Node) {
	switch n := n.(type) {
	case *And:
		writeChain(b, n.Operands, " and ")
	case *Or:
		writeChain(b, n.Operands, " or ")
	case *Not:
		b.WriteString("not ")
		write(b, n.Operand)
	case *MacroRef:
		b.WriteString(n.Name)
	case *Check:
		write(b, n.Left)
		b.WriteByte(' ')
		b.WriteString(string(n.Op))
		if n.Modifier != NoModifier {
			b.WriteByte(' ')
			b.WriteString(string(n.Modifier))
		}
		if n.Right != nil {
			b.WriteByte(' ')
			write(b, n.Right)
		}
	case *Field:
		b.WriteString(n.Name)
		writeArg(b, n.Arg)
	case *Transform:
		b.WriteString(n.Name)
		writeItems(b, n.Args, ",")
		writeArg(b, n.Arg)
	case *TransformList:
		writeItems(b, n.Items, ",")
	case *List:
		writeItems(b, n.Items, ", ")
	case *Value:
		b.WriteString(quoteIfNeeded(n.Text))
	case *Arg:
		writeArg(b, n)
	case *Output, *Text, *Insert:
		format(b, n)
	}
}

func writeChain(b *strings.Builder, operands []Expr, word string) {
	b.WriteByte('(')
	for i, x := range operands {
		if i > 0 {
			b.WriteString(word)
		}
		write(b, x)
	}
	b.WriteByte(')')
}

func writeItems[N Node](b *strings.Builder, items []N, sep string) {
	b.WriteByte('(')
	for i, x := range items {
		if i > 0 {
			b.WriteString(sep)
		}
		write(b, x)
	}
	b.WriteByte(')')
}

func writeArg(b *strings.Builder, a *Arg) {
	switch {
	case a == nil:
	case a.Text == "":
		b.WriteString(`[""]`)
	default:
		b.WriteByte('[')
		b.WriteString(quoteIfNeeded(a.Text))
		b.WriteByte(']')
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
	for i := 0; i < len(s); i++ {
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
