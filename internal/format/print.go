package format

import (
	"strings"
	"unicode/utf8"
)

const (
	indentStep = 2
	// maxIndent keeps deeply nested conditions from growing into blanks.
	maxIndent = 40
)

// measure sets the width.
func (x *expr) measure() {
	x.width = len(x.open) + utf8.RuneCountInString(x.head) + len(x.closing)
	for i := range x.operands {
		x.width += len(x.before(i)) + x.operands[i].width
	}
	x.width += max(0, len(x.operands)-1) // blanks before joins
	if x.items != nil {
		x.width += len("()") + len(", ")*max(0, len(x.items)-1)
		for _, item := range x.items {
			x.width += utf8.RuneCountInString(item)
		}
	}
}

// before returns the text before an operand of the chain.
func (x *expr) before(i int) string {
	if i > 0 || x.joinFirst {
		return x.join + " "
	}
	return ""
}

// line returns the condition in one line.
func (c *condition) line() string {
	var p printer
	p.flat(&c.expr)
	return p.String()
}

// lines returns the condition in lines of at most width characters, as far as they can
// be broken: in one line if it fits, and otherwise with a line for each operand. If it is
// to be broken, its operands have lines of their own in any case.
func (c *condition) lines(width int, broken bool) []string {
	p := printer{width: width}
	if broken && len(c.operands) > 0 && c.closing == "" {
		p.operands(&c.expr, 0)
	} else {
		p.expr(&c.expr, 0)
	}
	return strings.Split(p.String(), "\n")
}

// A printer writes expressions.
type printer struct {
	strings.Builder
	// width is the width of lines, column the number of characters in the last line.
	width, column int
}

func (p *printer) write(s string) {
	p.WriteString(s)
	p.column += utf8.RuneCountInString(s)
}

func (p *printer) newline(indent int) {
	p.column = min(indent, maxIndent)
	p.WriteByte('\n')
	p.WriteString(strings.Repeat(" ", p.column))
}

// flat writes an expression in one line.
func (p *printer) flat(x *expr) {
	p.write(x.open)
	p.write(x.head)
	for i := range x.operands {
		if i > 0 {
			p.write(" ")
		}
		p.write(x.before(i))
		p.flat(&x.operands[i])
	}
	if x.items != nil {
		p.write("(" + strings.Join(x.items, ", ") + ")")
	}
	p.write(x.closing)
}

// expr writes an expression after what is already in the line. The other lines are
// indented.
func (p *printer) expr(x *expr, indent int) {
	switch {
	case p.column+x.width <= p.width:
		p.flat(x)
	case len(x.operands) > 0 && x.closing != "":
		p.write(x.open)
		p.newline(indent + indentStep)
		p.operands(x, indent+indentStep)
		p.newline(indent)
		p.write(x.closing)
	case len(x.operands) > 0:
		p.operands(x, indent)
	case len(x.items) > 1:
		p.write(x.open + x.head + "(")
		p.newline(indent + indentStep)
		p.fill(x.items, indent+indentStep)
		p.newline(indent)
		p.write(")" + x.closing)
	default:
		p.flat(x)
	}
}

// operands writes each operand of a chain in lines of its own. Those of a chain in a
// chain are indented after the first.
func (p *printer) operands(x *expr, indent int) {
	for i := range x.operands {
		if i > 0 {
			p.newline(indent)
		}
		p.write(x.before(i))
		operand := &x.operands[i]
		if len(operand.operands) > 0 && operand.closing == "" {
			p.expr(operand, indent+indentStep)
		} else {
			p.expr(operand, indent)
		}
	}
}

// fill writes items, as many as fit into each line.
func (p *printer) fill(items []string, indent int) {
	for i, item := range items {
		if i+1 < len(items) {
			item += ","
		}
		switch width := utf8.RuneCountInString(item); {
		case i == 0:
		case p.column+1+width <= p.width:
			p.write(" ")
		default:
			p.newline(indent)
		}
		p.write(item)
	}
}
