package ast

import "github.com/falcorules/falcorules/diag"

// Output is an output template: the message of an alert, with placeholders for fields.
type Output struct {
	diag.Span
	// Parts are *Text and *Placeholder nodes in order.
	Parts []Node
}

// Text is a part of an output that is printed unchanged.
type Text struct {
	diag.Span
	Text string
}

// Placeholder is a part of an output that is replaced by a value of the event.
type Placeholder struct {
	diag.Span
	// Width is the number of bytes to which the value is padded or cut, or 0.
	Width   int
	Operand Operand
}
