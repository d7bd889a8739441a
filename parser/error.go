package parser

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
)

// FalcoStop is the [diag.Diagnostic.Extra] of the mistakes in a condition: the
// position at which Falco's own parser gives up because of the mistake. Often that
// is the start of the range, sometimes a position behind it.
type FalcoStop diag.Pos

// StopOf returns the position at which Falco's own parser gives up on a condition
// with the given mistakes.
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
	// stop is where Falco's own parser gives up.
	stop diag.Pos
	// found is what is there, in words or in quotes, and expected what the language
	// wants there.
	found, expected string
	// msg says what is wrong if "expected …, found …" would not.
	msg  string
	hint string
	// err is what the caller of the parser said about a part of the text, or nil.
	err error
}

// diagnostic returns a mistake in the text as a diagnostic.
func (c *converter) diagnostic(m *mistake) *diag.Diagnostic {
	d := &diag.Diagnostic{
		Message: m.msg, Hint: m.hint, Range: m.span.In(""), Line: diag.LineAt(c.text, m.span.Start.Offset), Err: m.err, Extra: FalcoStop(m.stop),
	}
	if d.Message == "" {
		d.Message = fmt.Sprintf("expected %s, found %s", m.expected, m.found)
	}
	return d
}
