package ast

import "github.com/falcorules/falcorules/diag"

// Output is an output template: what an alert says, with places for fields.
type Output struct {
	diag.Span
	// Parts are *Text and *Insert nodes in order.
	Parts []Node
}

// Text is a part of an output that is printed as it stands.
type Text struct {
	diag.Span
	Text string
}

// Insert is a part of an output that is printed from the event.
type Insert struct {
	diag.Span
	// Width is the number of bytes to which the value is padded or cut; 0
	// leaves it as it is.
	Width   int
	Operand Operand
}
