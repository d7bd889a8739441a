package ast

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Format returns text that parses to an equal tree. It adds only the parentheses that
// are necessary. Values keep their quotes; a bare value gets quotes if it needs them.
//
// The tree must not have Bad nodes, and must be one that a parser could return: names
// must be valid, and a Value that is compared with < must be a number.
func Format(n Node) string {
	var b strings.Builder
	format(&b, n)
	return b.String()
}

func format(b *strings.Builder, n Node) {
	switch n := n.(type) {
	case *And:
		formatChain(b, n.Operands, " and ")
	case *Or:
		formatChain(b, n.Operands, " or ")
	case *Not:
		b.WriteString("not ")
		formatOperand(b, n.Operand, nil)
	case *MacroRef:
		b.WriteString(n.Name)
	case *Check:
		formatCheck(b, n)
	case *Field:
		b.WriteString(n.Name)
		formatArg(b, n.Arg)
	case *Transform:
		b.WriteString(n.Name)
		formatItems(b, n.Args)
		formatArg(b, n.Arg)
	case *TransformList:
		formatItems(b, n.Items)
	case *List:
		formatItems(b, n.Items)
	case *Value:
		b.WriteString(quoted(n.Text, n.Quote, isBare))
	case *Arg:
		formatArg(b, n)
	case *Output:
		// Falco drops a * at the start of an output.
		if len(n.Parts) == 0 {
			b.WriteByte('*')
		} else if t, ok := n.Parts[0].(*Text); ok && strings.HasPrefix(t.Text, "*") {
			b.WriteByte('*')
		}
		for _, p := range n.Parts {
			format(b, p)
		}
	case *Text:
		b.WriteString(n.Text)
	case *Placeholder:
		b.WriteByte('%')
		if n.Width > 0 {
			b.WriteString(strconv.Itoa(n.Width))
		}
		format(b, n.Operand)
	}
}

// formatChain writes the operands of an and or an or.
func formatChain(b *strings.Builder, operands []Expr, word string) {
	for i, x := range operands {
		if i > 0 {
			b.WriteString(word)
		}
		formatOperand(b, x, func(x Expr) bool {
			// And binds tighter than or, and not tighter than both.
			switch x.(type) {
			case *And:
				return word == " or "
			case *Not:
				return true
			}
			return false
		})
	}
}

// formatOperand writes an operand of an and, or or not. It adds parentheses unless the
// operand is a check or a macro, or bare reports that it needs none.
func formatOperand(b *strings.Builder, x Expr, bare func(Expr) bool) {
	switch x := x.(type) {
	case *Check:
		format(b, x)
		return
	case *MacroRef:
		if x.Name != "not" { // a macro with this name would negate what follows
			format(b, x)
			return
		}
	default:
		if bare != nil && bare(x) {
			format(b, x)
			return
		}
	}
	b.WriteByte('(')
	format(b, x)
	b.WriteByte(')')
}

func formatCheck(b *strings.Builder, c *Check) {
	format(b, c.Left)
	b.WriteByte(' ')
	b.WriteString(string(c.Op))
	if c.Modifier != NoModifier {
		b.WriteByte(' ')
		b.WriteString(string(c.Modifier))
	}
	if c.Right == nil {
		return
	}
	b.WriteByte(' ')
	if v, ok := c.Right.(*Value); ok && v.Quote == Bare && !isBare(v.Text) {
		b.WriteString(inQuotes(v.Text, Double))
		return
	}
	format(b, c.Right)
}

func formatItems[N Node](b *strings.Builder, items []N) {
	b.WriteByte('(')
	for i, x := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		format(b, x)
	}
	b.WriteByte(')')
}

func formatArg(b *strings.Builder, a *Arg) {
	if a != nil {
		b.WriteByte('[')
		b.WriteString(quoted(a.Text, a.Quote, isBareArg))
		b.WriteByte(']')
	}
}

// quoted returns s in quotes, unless q is Bare and s needs none.
func quoted(s string, q Quote, canBeBare func(string) bool) string {
	switch {
	case q != Bare:
		return inQuotes(s, q)
	case canBeBare(s):
		return s
	}
	return inQuotes(s, Double)
}

// isBare reports whether s is valid as a value without quotes.
func isBare(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, isControl) && !strings.ContainsAny(s, "()\"'=, ")
}

// isBareArg reports whether s is valid in brackets without quotes.
func isBareArg(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, isControl) && !strings.ContainsAny(s, "[]\"' ")
}

func isControl(r rune) bool { return r < ' ' }

const hexDigits = "0123456789abcdef"

// inQuotes returns s in quotes and with escapes.
func inQuotes(s string, q Quote) string {
	var b strings.Builder
	b.WriteByte(byte(q))
	for i := range len(s) {
		switch c := s[i]; {
		case c == byte(q):
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\\' && i == len(s)-1:
			// The parser does not accept a closing quote after a backslash.
			b.WriteString(`\x5c`)
		case c == '\\':
			b.WriteString(`\\`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c == 0x7f:
			b.WriteString(`\x`)
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&0xf])
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(byte(q))
	return b.String()
}
