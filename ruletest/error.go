package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/snippet"
)

// Error is a mistake in a suite, or in a file that it names: its tests cannot be
// run.
type Error struct {
	// Position is the place; of a suite that is a Go value it is zero.
	Position diag.Range
	// Msg says what is wrong, Hint a way out or nothing.
	Msg, Hint string
	// Source is the line at the place, where that is known.
	Source string
	// length is the number of bytes that the error is about.
	length int
}

// Error returns place, message and hint in one line.
func (e *Error) Error() string {
	msg := e.Msg
	if e.Hint != "" {
		msg += "; " + e.Hint
	}
	if e.Position == (diag.Range{}) {
		return msg
	}
	return e.Position.String() + ": " + msg
}

// in says of which test the error is, where no place does, and returns it.
func (e *Error) in(t *Test) *Error {
	if t != nil && e.Position == (diag.Range{}) {
		e.Msg = "test " + quote.Text(t.Name) + ": " + e.Msg
	}
	return e
}

// Text returns the error for people: the place, the message, the line with a mark
// under the place, and the hint.
func (e *Error) Text() string {
	var b strings.Builder
	if e.Position != (diag.Range{}) {
		b.WriteString(quote.Line(e.Position.String()) + ": ")
	}
	fmt.Fprintf(&b, "error: %s\n", quote.Line(e.Msg))
	if e.Source != "" && e.Position.Start.Column > 0 {
		snippet.Append(&b, "    ", e.Source, e.Position.Start.Column, e.length)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "    hint: %s\n", quote.Line(e.Hint))
	}
	return b.String()
}

// lengthOf returns how much of a field's name stands at the place: in groups it is the
// end of it.
func (e *Error) lengthOf(field string) int {
	rest := e.Source[min(max(e.Position.Start.Column-1, 0), len(e.Source)):]
	for name := field; name != ""; _, name, _ = strings.Cut(name, ".") {
		if strings.HasPrefix(rest, name) {
			return len(name)
		}
	}
	return 0
}

// Errors are the mistakes in a suite. As an error it is never empty.
type Errors []*Error

func (es Errors) Error() string {
	switch len(es) {
	case 0:
		return "no errors"
	case 1:
		return es[0].Error()
	}
	return fmt.Sprintf("%v (and %d more)", es[0], len(es)-1)
}

// Text returns all errors for people; see [Error.Text].
func (es Errors) Text() string {
	var b strings.Builder
	for _, e := range es {
		b.WriteString(e.Text())
	}
	return b.String()
}

// add adds an error, once, if there are not too many.
func (es *Errors) add(e *Error) {
	same := func(other *Error) bool { return other.Position == e.Position && other.Msg == e.Msg }
	if len(*es) < maxErrors && !slices.ContainsFunc(*es, same) {
		*es = append(*es, e)
	}
}

// sort puts errors in the order of their places.
func (es Errors) sort() Errors {
	slices.SortStableFunc(es, func(a, b *Error) int {
		x, y := a.Position, b.Position
		return x.Compare(y)
	})
	return es
}

// maxErrors is how many mistakes of a suite are told.
const maxErrors = 100
