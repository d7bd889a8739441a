package parser

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
)

// FalcoStop is the [diag.Diagnostic.Extra] of mistakes in a condition: the position at
// which Falco's parser stops because of the mistake. It is at or after the start of the
// diagnostic's range.
type FalcoStop diag.Pos

// StopOf returns the position at which Falco's parser stops in a condition with the given
// mistakes.
func StopOf(list diag.List) diag.Pos {
	var first diag.Pos
	for _, d := range list {
		if stop, ok := d.Extra.(FalcoStop); ok && (!first.IsValid() || stop.Offset < first.Offset) {
			first = diag.Pos(stop)
		}
	}
	return first
}

// mistake is a mistake in a condition or an output.
type mistake struct {
	// span is the offending text.
	span diag.Span
	// stop is where Falco's parser stops.
	stop diag.Pos
	// expected and found make the message if msg is empty.
	expected, found string
	msg             string
	hint            string
	// err is the error of a function of the caller, or nil.
	err error
}

// Texts of several mistakes.
const (
	expectedJoin    = `"and", "or" or the end`
	expectedOperand = `a field, a transformer, a macro or "("`
	unclosedList    = "unclosed list"
)

// diagnostic converts a mistake in the text.
func (c *converter) diagnostic(m *mistake) *diag.Diagnostic {
	d := &diag.Diagnostic{
		Message: m.msg, Hint: m.hint, Range: m.span.In(""), Line: diag.LineAt(c.text, m.span.Start.Offset), Err: m.err, Extra: FalcoStop(m.stop),
	}
	if d.Message == "" {
		d.Message = fmt.Sprintf("expected %s, found %s", m.expected, m.found)
	}
	return d
}
