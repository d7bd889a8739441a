// Package ast has the syntax tree of Falco conditions and outputs.
//
// A condition is a tree of [Expr] nodes: [And], [Or] and [Not] over [Check]
// and [MacroRef] leaves. A check holds an operand, which is a [Field] or a
// [Transform], against a right-hand side. Every node knows where it stands in
// the text that it was read from.
//
// The tree says what the text means and no more: parentheses are gone, since
// they are in the shape of the tree, and so is white space. What is left of the
// spelling is how a value was quoted.
package ast

import "github.com/falcorules/falcorules/diag"

// Node is any node of a tree.
type Node interface {
	// Range says where the node stands in its text.
	Range() diag.Span
}

// Expr is a node that is true or false: And, Or, Not, Check or MacroRef.
type Expr interface {
	Node
	expr()
}

// Operand is what a check looks at: a Field or a Transform.
type Operand interface {
	Node
	operand()
}

// And is true when all operands are. It has two or more.
type And struct {
	diag.Span
	Operands []Expr
}

// Or is true when some operand is. It has two or more.
type Or struct {
	diag.Span
	Operands []Expr
}

// Not is true when its operand is not.
type Not struct {
	diag.Span
	Operand Expr
}

// MacroRef stands for the condition of a macro.
type MacroRef struct {
	diag.Span
	Name string
}

// Check holds an operand against the right-hand side, or asks for presence
// alone.
type Check struct {
	diag.Span
	Left Operand
	// Op is the operator as written; OpSpan is its place, the modifier
	// included.
	Op     Operator
	OpSpan diag.Span
	// Modifier is empty, oneof, anyof or allof.
	Modifier Modifier
	// Right is a *Value, a *List or a *Transform; nil for exists. A *Value
	// after in, intersects or pmatch, or after a modifier, is the one element of
	// a list without parentheses.
	Right Node
}

// Constants returns the values on the right of the check: none for exists and for a
// transformer.
func (c *Check) Constants() []*Value {
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
	// Arg is what stands between brackets, or nil.
	Arg *Arg
}

// Arg is the text between the brackets after a field or a transformer.
type Arg struct {
	diag.Span
	Text  string
	Quote Quote
}

// Transform is a transformer with its arguments. On the right-hand side of a
// check, val(field) is a Transform too.
type Transform struct {
	diag.Span
	Name string
	// Args are *Field, *Transform, *Value and *TransformList nodes.
	Args []Node
	// Arg is what stands between brackets after the closing parenthesis.
	Arg *Arg
}

// TransformList is a list among the arguments of a transformer.
type TransformList struct {
	diag.Span
	// Items are *Field, *Transform and *Value nodes.
	Items []Node
}

// Value is a constant. Its type is not known before the condition is held
// against the fields of a source.
type Value struct {
	diag.Span
	// Text is the value, escapes resolved.
	Text  string
	Quote Quote
}

// List is a list of constants.
type List struct {
	diag.Span
	Items []*Value
}

// Quote says how a value was quoted: 0, ' or ".
type Quote byte

// The ways to quote.
const (
	Bare   Quote = 0
	Single Quote = '\''
	Double Quote = '"'
)

func (*And) expr()      {}
func (*Or) expr()       {}
func (*Not) expr()      {}
func (*Check) expr()    {}
func (*MacroRef) expr() {}

func (*Field) operand()     {}
func (*Transform) operand() {}

// Bad stands where a part of a condition could not be read. Only trees that
// came with errors have it.
type Bad struct {
	diag.Span
}

func (*Bad) expr() {}
