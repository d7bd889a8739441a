package ast

import (
	"fmt"
	"unicode/utf8"
)

// Pos is a place in a text.
type Pos struct {
	// Offset counts bytes from 0.
	Offset int
	// Line counts from 1. As in Falco, a carriage return and a line feed each
	// end a line.
	Line int
	// Column counts bytes from 1 within the line, as Falco does; Runes turns
	// it into characters.
	Column int
}

// IsValid reports whether p is a place; the zero Pos is none.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String returns line:column.
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Runes returns p's column counted in characters from 1; text is the text that
// p lies in.
func (p Pos) Runes(text string) int {
	end := min(p.Offset, len(text))
	start := max(end-(p.Column-1), 0)
	return utf8.RuneCountInString(text[start:end]) + 1
}

// Span is the part of a text from Start to before End.
type Span struct {
	Start, End Pos
}

// Range returns the span itself; nodes embed a Span and get it as a method.
func (s Span) Range() Span { return s }
