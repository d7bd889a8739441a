// Package snippet formats a line of text with a mark under a range of it.
package snippet

import (
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/internal/quote"
)

// longest is the maximum length of a line in bytes.
const longest = 160

// Append appends line to b, and below it a mark under the range of length bytes
// that starts at column, a byte offset from 1. Both lines are indented. A long line
// is cut to the text around the range.
func Append(b *strings.Builder, indent, line string, column, length int) {
	start := min(max(column-1, 0), len(line))
	end := min(start+max(length, 1), len(line))
	if from := boundary(line, start-longest/2); from > 0 && len(line) > longest {
		part := line[from:boundary(line, from+2*longest)] // avoids copying a very long line
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

// boundary returns i or the start of the UTF-8 sequence that i is in.
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
