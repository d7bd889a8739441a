package diag

import (
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/internal/snippet"
)

// oneLine returns a text of users' as one line that cannot move a terminal's
// cursor.
func oneLine(s string) string { return snippet.Printable(strings.ReplaceAll(s, "\n", " ")) }

// quoted returns a name in quotes.
func quoted(name string) string { return strconv.Quote(name) }

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
