package jsonstream

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
)

// Kind is the kind of an [Error].
type Kind uint8

const (
	// Malformed is for text that is not JSON, or an incomplete value.
	Malformed Kind = iota
	// TooLarge is for a value that exceeds the reader's limit.
	TooLarge
)

// String returns "malformed" or "too large".
func (k Kind) String() string {
	if k == TooLarge {
		return "too large"
	}
	return "malformed"
}

// maxText is the maximum length of [Error.Text] in bytes.
const maxText = 60

// Error reports a part of a stream that the reader skipped.
type Error struct {
	Kind Kind
	// Pos is where broken text breaks, or where a value that is too large begins.
	Pos diag.Pos
	// Begin is the line where the broken value or list begins, or that of Pos.
	Begin int
	// Size is the size of a value that is too large, without white space outside
	// strings, up to its end or up to where it breaks.
	Size int64
	// Msg is the message, without position and text.
	Msg string
	// Text is an excerpt of up to 60 bytes: for a broken value the text before Pos,
	// for a value that is too large or too deep its beginning, otherwise the text at
	// Pos.
	Text string
	// Head is the beginning of a broken value, up to 512 bytes.
	Head string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("line %d, column %d: %s", e.Pos.Line, e.Pos.Column, e.Msg)
	if e.Begin != e.Pos.Line {
		s += fmt.Sprintf(" (begins on line %d)", e.Begin)
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

// maxHead is the maximum length of [Error.Head] in bytes.
const maxHead = 512

// head returns the beginning of the open value, which extends to the offset end.
func (r *Reader) head(end int64) string {
	switch {
	case r.value.isList:
		return ""
	case !r.value.buffered:
		return string(r.value.head)
	}
	text := r.buf[r.value.start-r.base : end-r.base]
	return string(text[:min(len(text), maxHead)])
}

// clip returns the first maxText bytes of text.
func clip(text []byte) []byte { return text[:min(len(text), maxText)] }
