package parser

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

// Error is one mistake in a condition or an output.
type Error struct {
	// Span is the offending text.
	Span ast.Span
	// Found is what stands there, in words or quoted; empty where Msg says it.
	Found string
	// Expected is what the language wants there, in its own words.
	Expected string
	// Msg says what is wrong where "expected …, found …" would not.
	Msg string
	// Hint is a way out, or empty.
	Hint string
	// Err is what the caller of the parser said of a part of the text, or
	// nil.
	Err error
}

func (e *Error) Unwrap() error { return e.Err }

// Error returns the message without the place.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.Msg != "":
		b.WriteString(e.Msg)
	default:
		fmt.Fprintf(&b, "expected %s, found %s", e.Expected, e.Found)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	return b.String()
}

// Errors are all independent mistakes of one text, in its order. It is never
// empty.
type Errors []*Error

// Error returns the first message and says how many more there are.
func (es Errors) Error() string {
	first := fmt.Sprintf("%s: %s", es[0].Span.Start, es[0].Error())
	if len(es) > 1 {
		return fmt.Sprintf("%s (and %d more)", first, len(es)-1)
	}
	return first
}

// Unwrap returns the single errors for errors.As.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}
