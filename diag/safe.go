package diag

import (
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
)

// quoted returns a name in quotes.
func quoted(name string) string { return quote.Line(strconv.Quote(name)) }

// valid returns a text as UTF-8.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func trimRight(s string) string { return strings.TrimRight(s, " \t\r") }

// withHint returns the message and the hint.
func (d *Diagnostic) withHint() string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + " (" + d.Hint + ")"
}
