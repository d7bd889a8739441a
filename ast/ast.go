// Package ast has the syntax trees of Falco conditions and outputs.
//
// Package parser makes trees, and [Inspect] and [Children] visit their nodes:
//
//	x, err := parser.Condition(`proc.name = sh and not proc.tty = 0`)
//	ast.Inspect(x, func(n ast.Node) bool {
//		if f, ok := n.(*ast.Field); ok {
//			fmt.Println(f.Name, f.Start) // proc.name 1:1, proc.tty 1:24
//		}
//		return true
//	})
//
// A condition is a tree of [And], [Or] and [Not] nodes whose leaves are [Check] and
// [MacroRef] nodes. A check compares its left side, a [Field] or a [Transform], with
// values, or with another field. Every node knows its range in the text that it was
// parsed from.
//
// [Format] returns text that parses to the same tree, [String] the canonical text that
// Falco prints. Trees keep how values were quoted, but neither white space nor
// parentheses, which the shape of the tree implies.
package ast

import "github.com/falcorules/falcorules/diag"

// Node is any node of a tree.
type Node interface {
	// Range returns the range of the node in its text.
	Range() diag.Span
}

// Expr is a node that is true or false: *And, *Or, *Not, *Check, *MacroRef or *Bad.
type Expr interface {
	Node
	expr()
}

// Operand is the left side of a check: *Field or *Transform.
type Operand interface {
	Node
	operand()
}

// And is true if all of its operands are. It has two or more.
type And struct {
	diag.Span
	Operands []Expr
}

// Or is true if at least one of its operands is. It has two or more.
type Or struct {
	diag.Span
	Operands []Expr
}

// Not is true if its operand is false.
type Not struct {
	diag.Span
	Operand Expr
}

// MacroRef is the name of a macro, used as a condition.
type MacroRef struct {
	diag.Span
	Name string
}

// Check compares a field or a transformer with values, or asks if it has a value.
type Check struct {
	diag.Span
	Left Operand
	// Op is the operator, and OpSpan its range, which includes the modifier.
	Op     Operator
	OpSpan diag.Span
	// Modifier is empty, oneof, anyof or allof.
	Modifier Modifier
	// Right is a *Value, *List or *Transform, or nil after exists. A *Value after in,
	// intersects, pmatch or a modifier is a list of one value without parentheses.
	Right Node
}

// Values returns the values on the right side, or nil if the right side is a transformer
// or the operator is exists.
func (c *Check) Values() []*Value {
	switch right := c.Right.(type) {
	case *Value:
		return []*Value{right}
	case *List:
		return right.Items
	}
	return nil
}

// Field is a reference to a field of the event.
type Field struct {
	diag.Span
	Name string
	// Arg is the argument in brackets, or nil.
	Arg *Arg
}

// Arg is an argument in brackets after a field or a transformer. Its range includes the
// brackets.
type Arg struct {
	diag.Span
	Text  string
	Quote Quote
}

// Transform is a call of a transformer. On the right side of a check it can also be
// val(field).
type Transform struct {
	diag.Span
	Name string
	// Args are *Field, *Transform, *Value and *TransformList nodes.
	Args []Node
	// Arg is the argument in brackets after the closing parenthesis, or nil.
	Arg *Arg
}

// TransformList is a list in parentheses among the arguments of a transformer.
type TransformList struct {
	diag.Span
	// Items are *Field, *Transform and *Value nodes.
	Items []Node
}

// Value is a value in a condition. Its type depends on the field that it is compared
// with.
type Value struct {
	diag.Span
	// Text is the value without quotes and escapes.
	Text  string
	Quote Quote
}

// List is a list of values in parentheses.
type List struct {
	diag.Span
	Items []*Value
}

// Quote is how a value is quoted: 0, ' or ".
type Quote byte

// The quotes.
const (
	Bare   Quote = 0
	Single Quote = '\''
	Double Quote = '"'
)

// String returns the quote, or "" for Bare.
func (q Quote) String() string {
	if q == Bare {
		return ""
	}
	return string(rune(q))
}

// Bad takes the place of a part of a condition that could not be parsed. Only trees that
// a parser returns with an error have Bad nodes.
type Bad struct {
	diag.Span
}

func (*And) expr()      {}
func (*Or) expr()       {}
func (*Not) expr()      {}
func (*Check) expr()    {}
func (*MacroRef) expr() {}
func (*Bad) expr()      {}

func (*Field) operand()     {}
func (*Transform) operand() {}
