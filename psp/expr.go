package psp

import (
	"fmt"
	"slices"
	"strings"
)

// expr is a condition while it is put together. The zero expr never holds.
type expr struct {
	op       exprOp
	text     string // of a check, or the name of a macro
	children []expr // of a macro its condition
	// long is a constant of a check that has more bytes than a constant may have.
	long string
	// list is a list that a check names.
	list *list
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

// with notes the constants of a check, which may be too long.
func (x expr) with(values ...string) expr {
	for _, v := range values {
		if len(v) > maxConstant {
			x.long = v
		}
	}
	return x
}

// and holds when all of them do.
func and(children ...expr) expr { return chain(opAnd, opAlways, opNever, children) }

// or holds when one of them does.
func or(children ...expr) expr { return chain(opOr, opNever, opAlways, children) }

// chain joins conditions. What is neutral is left out, and what decides is all
// that is left.
func chain(op, neutral, decides exprOp, children []expr) expr {
	out := expr{op: op}
	for _, k := range children {
		switch k.op {
		case neutral:
		case decides:
			return k
		case op:
			out.children = append(out.children, k.children...)
		default:
			out.children = append(out.children, k)
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

// macro returns a condition that gets a name of its own in the rules file.
func macro(name string, x expr) expr {
	if x.op == opNever || x.op == opAlways {
		return x
	}
	return expr{op: opMacro, text: name, children: []expr{x}}
}

// walk calls visit with each part of the condition, those of a part before it.
func (x expr) walk(visit func(expr)) {
	for _, k := range x.children {
		k.walk(visit)
	}
	visit(x)
}

// either returns what holds when one of the items makes build's condition hold.
func either[T any](items []T, build func(T) expr) expr {
	var children []expr
	for _, item := range items {
		children = append(children, build(item))
	}
	return or(children...)
}

// wide is how long a condition may be that stands on one line.
const wide = 170

// lines returns the condition as lines of a rules file.
func (x expr) lines() []string {
	if s := x.String(); len(s) <= wide || x.op != opAnd && x.op != opOr {
		return []string{s}
	}
	word := "and "
	if x.op == opOr {
		word = "or "
	}
	var out []string
	for i, k := range x.children {
		inner := k.lines()
		if k.op == opAnd || k.op == opOr {
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
	return "" // what always or never holds makes no rule
}

func (x expr) join(word string) string {
	parts := make([]string, len(x.children))
	for i, k := range x.children {
		parts[i] = k.operand()
	}
	return strings.Join(parts, word)
}

// operand returns the condition as a part of another one.
func (x expr) operand() string {
	if x.op == opAnd || x.op == opOr {
		return "(" + x.String() + ")"
	}
	return x.String()
}

// field is a field of the rule language, with its argument.
type field string

func (f field) exists() expr { return check("%s exists", f) }

func (f field) eq(value string) expr { return check("%s = %s", f, constant(value)).with(value) }

// nonEmpty holds for a value that is there and not the empty text.
func (f field) nonEmpty() expr { return check("%s != %s", f, constant("")).with("") }

// in holds for a value that is one of these; of a list each has to be.
func (f field) in(values ...string) expr {
	switch len(values) {
	case 0:
		return never
	case 1:
		return f.eq(values[0])
	}
	return check("%s in %s", f, constants(values)).with(values...)
}

// inList is in for values that stand in a list of the rules file.
func (f field) inList(l *list) expr {
	x := check("%s in (%s)", f, l.name).with(l.items...)
	x.list = l
	return x
}

// amongst is in for fields that are lists, which have no =.
func (f field) amongst(values ...string) expr {
	if len(values) == 0 {
		return never
	}
	return check("%s in %s", f, constants(values)).with(values...)
}

// intersects holds for a list with one of these values.
func (f field) intersects(values ...string) expr {
	if len(values) == 0 {
		return never
	}
	return check("%s intersects %s", f, constants(values)).with(values...)
}

func (f field) contains(text string) expr {
	return check("%s contains %s", f, constant(text)).with(text)
}

// containsAll holds for a text that has all of these in it.
func (f field) containsAll(texts []string) expr {
	if len(texts) == 1 {
		return f.contains(texts[0])
	}
	return check("%s contains allof %s", f, constants(texts)).with(texts...)
}

func (f field) startswith(text string) expr {
	return check("%s startswith %s", f, constant(text)).with(text)
}

// matches holds for a text that one of the patterns matches as a whole.
func (f field) matches(patterns ...string) expr {
	switch len(patterns) {
	case 0:
		return never
	case 1:
		return check("%s regex %s", f, constant(patterns[0])).with(patterns...)
	}
	return check("%s regex anyof %s", f, constants(patterns)).with(patterns...)
}

// containsJoined holds for a text that has the value of a field in it, between
// two texts.
func (f field) containsJoined(before string, middle field, after string) expr {
	return check("%s contains concat(%s, %s, %s)", f, quoted(before), middle, quoted(after)).with(before, after)
}

func constants(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = constant(v)
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// constant returns a value as it is written in a condition: without quotes where
// it needs none.
func constant(value string) string {
	for i := range len(value) {
		c := value[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_./:-", c) >= 0
		if !plain {
			return quoted(value)
		}
	}
	if strings.Contains(value, "_") && strings.ToUpper(value) != value {
		return quoted(value) // which may look like the name of a list
	}
	switch value {
	case "", "oneof", "anyof", "allof", "and", "or", "not":
		return quoted(value)
	}
	return value
}

// quoted returns a value in quotes. A backslash at the end would keep the quote
// from closing, so it is written by its number.
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

// tooLong returns a constant that is longer than the rule language allows, or
// nothing.
func (x expr) tooLong() string {
	long := ""
	x.walk(func(part expr) {
		if part.long != "" {
			long = part.long
		}
	})
	return long
}

// size returns how many bytes the condition has, about, with those of macros.
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
