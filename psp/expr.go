package psp

import (
	"fmt"
	"slices"
	"strings"
)

// expr is a condition under construction. The zero expr never holds.
type expr struct {
	op       exprOp
	text     string // of a check, or the name of a macro
	children []expr // for a macro, its condition
	long     string // a value in a check that is longer than maxValue; empty if none is
	list     *list  // the list that a check refers to, if any
}

type exprOp int

const (
	opNever exprOp = iota
	opAlways
	opCheck
	opAnd
	opOr
	opNot
	opMacro
)

var (
	never  = expr{}
	always = expr{op: opAlways}
)

func check(format string, args ...any) expr {
	return expr{op: opCheck, text: fmt.Sprintf(format, args...)}
}

// with records which of the values in a check is too long for a condition.
func (x expr) with(values ...string) expr {
	for _, v := range values {
		if len(v) > maxValue {
			x.long = v
		}
	}
	return x
}

// and holds if all children hold.
func and(children ...expr) expr { return chain(opAnd, opAlways, opNever, children) }

// or holds if one of the children holds.
func or(children ...expr) expr { return chain(opOr, opNever, opAlways, children) }

// chain joins conditions with op. It drops children that are neutral, and returns the
// first child that decides the result.
func chain(op, neutral, decides exprOp, children []expr) expr {
	out := expr{op: op}
	for _, child := range children {
		switch child.op {
		case neutral:
		case decides:
			return child
		case op:
			out.children = append(out.children, child.children...)
		default:
			out.children = append(out.children, child)
		}
	}
	switch len(out.children) {
	case 0:
		return expr{op: neutral}
	case 1:
		return out.children[0]
	}
	return out
}

func not(x expr) expr {
	switch x.op {
	case opNever:
		return always
	case opAlways:
		return never
	case opNot:
		return x.children[0]
	}
	return expr{op: opNot, children: []expr{x}}
}

// macro makes the condition a macro of the rules file.
func macro(name string, x expr) expr {
	if x.op == opNever || x.op == opAlways {
		return x
	}
	return expr{op: opMacro, text: name, children: []expr{x}}
}

// walk calls visit for the condition and everything in it, children first.
func (x expr) walk(visit func(expr)) {
	for _, child := range x.children {
		child.walk(visit)
	}
	visit(x)
}

// anyOf holds if the condition that build returns holds for one of the items.
func anyOf[T any](items []T, build func(T) expr) expr {
	var children []expr
	for _, item := range items {
		children = append(children, build(item))
	}
	return or(children...)
}

// maxLine is the length up to which a condition is written on one line.
const maxLine = 170

// lines returns the condition as one or more lines for a rules file.
func (x expr) lines() []string {
	if s := x.String(); len(s) <= maxLine || x.op != opAnd && x.op != opOr {
		return []string{s}
	}
	word := "and "
	if x.op == opOr {
		word = "or "
	}
	var out []string
	for i, child := range x.children {
		inner := child.lines()
		if child.op == opAnd || child.op == opOr {
			if len(inner) == 1 {
				inner = []string{"(" + inner[0] + ")"}
			} else {
				inner = slices.Concat([]string{"("}, indented(inner), []string{")"})
			}
		}
		if i > 0 {
			inner[0] = word + inner[0]
		}
		out = append(out, inner...)
	}
	return out
}

func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = "  " + l
	}
	return out
}

// String returns the condition on one line.
func (x expr) String() string {
	switch x.op {
	case opCheck, opMacro:
		return x.text
	case opNot:
		return "not " + x.children[0].operand()
	case opAnd:
		return x.join(" and ")
	case opOr:
		return x.join(" or ")
	}
	return "" // always and never do not become rules
}

func (x expr) join(word string) string {
	parts := make([]string, len(x.children))
	for i, child := range x.children {
		parts[i] = child.operand()
	}
	return strings.Join(parts, word)
}

// operand returns the condition for use inside another one.
func (x expr) operand() string {
	if x.op == opAnd || x.op == opOr {
		return "(" + x.String() + ")"
	}
	return x.String()
}

// field is a field of a condition, with its argument.
type field string

func (f field) exists() expr { return check("%s exists", f) }

func (f field) eq(value string) expr { return check("%s = %s", f, quoteIfNeeded(value)).with(value) }

// nonEmpty holds if the field has a value other than the empty string.
func (f field) nonEmpty() expr { return check("%s != %s", f, quoteIfNeeded("")).with("") }

// in holds if the value, or each element of a list, is one of values.
func (f field) in(values ...string) expr {
	switch len(values) {
	case 0:
		return never
	case 1:
		return f.eq(values[0])
	}
	return check("%s in %s", f, valueList(values)).with(values...)
}

// inList is in for the items of a list in the rules file.
func (f field) inList(l *list) expr {
	x := check("%s in (%s)", f, l.name).with(l.items...)
	x.list = l
	return x
}

// allIn is in for fields that are lists and so cannot be compared with =.
func (f field) allIn(values ...string) expr {
	if len(values) == 0 {
		return never
	}
	return check("%s in %s", f, valueList(values)).with(values...)
}

// intersects holds if a list contains one of values.
func (f field) intersects(values ...string) expr {
	if len(values) == 0 {
		return never
	}
	return check("%s intersects %s", f, valueList(values)).with(values...)
}

func (f field) contains(text string) expr {
	return check("%s contains %s", f, quoteIfNeeded(text)).with(text)
}

// containsAll holds if the value contains all of texts.
func (f field) containsAll(texts []string) expr {
	if len(texts) == 1 {
		return f.contains(texts[0])
	}
	return check("%s contains allof %s", f, valueList(texts)).with(texts...)
}

func (f field) startswith(text string) expr {
	return check("%s startswith %s", f, quoteIfNeeded(text)).with(text)
}

// matches holds if one of the patterns matches the whole value.
func (f field) matches(patterns ...string) expr {
	switch len(patterns) {
	case 0:
		return never
	case 1:
		return check("%s regex %s", f, quoteIfNeeded(patterns[0])).with(patterns...)
	}
	return check("%s regex anyof %s", f, valueList(patterns)).with(patterns...)
}

// containsJoined holds if the value contains before, the value of the field middle, and
// after.
func (f field) containsJoined(before string, middle field, after string) expr {
	return check("%s contains concat(%s, %s, %s)", f, quoted(before), middle, quoted(after)).with(before, after)
}

func valueList(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = quoteIfNeeded(v)
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// quoteIfNeeded returns a value for use in a condition.
func quoteIfNeeded(value string) string {
	for i := range len(value) {
		c := value[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_./:-", c) >= 0
		if !plain {
			return quoted(value)
		}
	}
	if strings.Contains(value, "_") && strings.ToUpper(value) != value {
		return quoted(value) // it may be mistaken for the name of a list
	}
	switch value {
	case "", "oneof", "anyof", "allof", "and", "or", "not":
		return quoted(value)
	}
	return value
}

// quoted returns a value in quotes. It writes a trailing backslash as \x5C, because one
// before the closing quote would escape it.
func quoted(value string) string {
	if strings.ContainsRune(value, '"') && !strings.ContainsAny(value, `'\`) && !strings.ContainsFunc(value, isControl) {
		return "'" + value + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"':
			b.WriteString(`\"`)
		case c == '\\' && i < len(value)-1 && value[i+1] != '"':
			b.WriteString(`\\`)
		case c == '\\' || isControl(rune(c)):
			fmt.Fprintf(&b, `\x%02X`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// tooLong returns a value that is too long for a condition, or "" if all values fit.
func (x expr) tooLong() string {
	long := ""
	x.walk(func(part expr) {
		if part.long != "" {
			long = part.long
		}
	})
	return long
}

// size returns the approximate length of the condition with its macros and lists, in
// bytes.
func (x expr) size() int {
	n := 0
	x.walk(func(part expr) {
		n += len(part.text) + len("(not ) and ")
		if part.list != nil {
			for _, item := range part.list.items {
				n += len(item)
			}
		}
	})
	return n
}
