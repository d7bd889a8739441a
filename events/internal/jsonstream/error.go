package jsonstream

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
)

// Kind says what is wrong with a part of a stream.
type Kind uint8

const (
	// Malformed text is no JSON value, or only the beginning of one.
	Malformed Kind = iota
	// TooLarge is a value longer than the reader's limit.
	TooLarge
)

// String returns the kind in words.
func (k Kind) String() string {
	if k == TooLarge {
		return "too large"
	}
	return "malformed"
}

// maxText is how many bytes of the offending text an Error has at most.
const maxText = 60

// Error is about a part of a stream that was passed over. Reading goes on behind
// it.
type Error struct {
	// Kind is what is wrong.
	Kind Kind
	// Pos is where broken text breaks, or where a value that is too large begins.
	Pos diag.Pos
	// Begin is the line on which the broken value or list begins; it is that of Pos if
	// there is none.
	Begin int
	// Size is how many bytes a value that is too large has up to its end, or up
	// to where it breaks, white space outside strings not counted.
	Size int64
	// Msg is the error for people, without place and text.
	Msg string
	// Text is up to 60 bytes: of a broken value what stands before the place, of
	// a value that is too large or too deep its beginning, otherwise what stands
	// at the place.
	Text string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("line %d, column %d: %s", e.Pos.Line, e.Pos.Column, e.Msg)
	if e.Begin != e.Pos.Line {
		s += fmt.Sprintf(" (begun on line %d)", e.Begin)
	}
	if e.Text != "" {
		s += fmt.Sprintf(": %q", e.Text)
	}
	return s
}

// errorHere returns an error about the text at pos.
func (r *Reader) errorHere(msg string) *Error {
	size := 0
	for {
		for r.pos+size < r.end && size < maxText && r.buf[r.pos+size] != '\n' {
			size++
		}
		if r.pos+size < r.end || size == maxText || !r.fill() {
			break
		}
	}
	text := trimRight(r.buf[r.pos : r.pos+size])
	return &Error{
		Kind: Malformed, Pos: r.here(), Begin: r.line,
		Msg: msg, Text: string(text),
	}
}

// listError returns an error about the text at pos in the open list.
func (r *Reader) listError(msg string) *Error {
	err := r.errorHere(msg)
	err.Begin = r.list.pos.Line
	return err
}

// clip returns the beginning of text.
func clip(text []byte) []byte { return text[:min(len(text), maxText)] }
