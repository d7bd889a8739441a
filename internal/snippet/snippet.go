// Package snippet shows a place in a line of text to people.
package snippet

import (
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/internal/quote"
)

// longest is the number of bytes of a line that are shown.
const longest = 160

// Append appends the line and, below it, a mark under the length bytes from
// column on, which counts bytes from 1. Both lines begin with indent. Of a long
// line the part around the place is shown.
func Append(b *strings.Builder, indent, line string, column, length int) {
	start := min(max(column-1, 0), len(line))
	end := min(start+max(length, 1), len(line))
	if from := boundary(line, start-longest/2); from > 0 && len(line) > longest {
		part := line[from:boundary(line, from+2*longest)] // all of it may be very long
		line, start, end = "…"+part, start-from+len("…"), end-from+len("…")
	}
	if to := boundary(line, longest); to < len(line) {
		line, end = line[:to]+"…", min(end, to)
		start = min(start, end)
	}
	b.WriteString(indent)
	b.WriteString(quote.Line(line))
	b.WriteByte('\n')
	b.WriteString(indent)
	b.WriteString(strings.Map(blank, quote.Line(line[:start])))
	b.WriteByte('^')
	if n := utf8.RuneCountInString(quote.Line(line[start:end])); n > 1 {
		b.WriteString(strings.Repeat("~", n-1))
	}
	b.WriteByte('\n')
}

// boundary returns the start of the character at or before offset i. Where there is
// none nearby, the text is not UTF-8.
func boundary(s string, i int) int {
	if i <= 0 {
		return 0
	}
	if i >= len(s) {
		return len(s)
	}
	for range utf8.UTFMax - 1 {
		if utf8.RuneStart(s[i]) || i == 0 {
			break
		}
		i--
	}
	return i
}

func blank(r rune) rune {
	if r == '\t' {
		return r
	}
	return ' '
}
