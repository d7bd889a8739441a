package parser

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/snippet"
)

// Error is one mistake in a condition or an output.
type Error struct {
	// Span is the offending text.
	Span diag.Span
	// Stop is where Falco's own parser stands when it gives up over this
	// mistake: often Span.Start, sometimes behind it.
	Stop diag.Pos
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

// Error returns message and hint, without the place.
func (e *Error) Error() string {
	if e.Hint != "" {
		return fmt.Sprintf("%s (%s)", e.Message(), e.Hint)
	}
	return e.Message()
}

// Message returns what is wrong, without the hint and the place.
func (e *Error) Message() string {
	if e.Msg != "" {
		return e.Msg
	}
	return fmt.Sprintf("expected %s, found %s", e.Expected, e.Found)
}

// Text returns the error for people: its place, the message, the line of text
// that it is about with a mark under the place, and the hint. The text is what
// was parsed.
func (e *Error) Text(text string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", e.Span.Start, quote.Line(e.Message()))
	line, start := text, 0
	if at := min(e.Span.Start.Offset, len(text)); at >= 0 {
		start = strings.LastIndexAny(text[:at], "\r\n") + 1
		line = text[start:]
		if end := strings.IndexAny(line, "\r\n"); end >= 0 {
			line = line[:end]
		}
	}
	snippet.Append(&b, "    ", line, e.Span.Start.Offset-start+1, e.Span.End.Offset-e.Span.Start.Offset)
	if e.Hint != "" {
		fmt.Fprintf(&b, "    hint: %s\n", quote.Line(e.Hint))
	}
	return b.String()
}

// Errors are all independent mistakes of one text, in its order. It is never
// empty.
type Errors []*Error

// Stop returns where Falco's own parser stands when it refuses the text.
func (es Errors) Stop() diag.Pos {
	stop := es[0].Stop
	for _, e := range es {
		if e.Stop.Offset < stop.Offset {
			stop = e.Stop
		}
	}
	return stop
}

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
