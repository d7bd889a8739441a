package ast

// Output is an output template: what an alert says, with places for fields.
type Output struct {
	Span
	// Parts are *Text and *Insert nodes in order.
	Parts []Node
}

// Text is a part of an output that is printed as it stands.
type Text struct {
	Span
	Text string
}

// Insert is a part of an output that is printed from the event.
type Insert struct {
	Span
	// Width is the number of bytes to which the value is padded or cut; 0
	// leaves it as it is.
	Width   int
	Operand Operand
}
