package parser

import (
	"fmt"
	"strconv"
	"strings"
)

// quotedEnd returns the end of the quoted text that begins at start, or -1
// where it is not closed. As in the engine, a quote after a backslash never
// closes, whatever stands before the backslash, and a NUL ends the search.
func quotedEnd(text string, start int) int {
	quote := text[start]
	for i := start + 1; i < len(text) && text[i] != 0; i++ {
		if text[i] == quote && text[i-1] != '\\' {
			return i + 1
		}
	}
	return -1
}

// escapeError is a mistake in an escape sequence; at counts bytes from the
// opening quote.
type escapeError struct {
	at, length int
	msg        string
}

// unquote returns what a quoted text stands for. The quotes are part of raw.
func unquote(raw string) (string, *escapeError) {
	body := raw[1 : len(raw)-1]
	if strings.IndexByte(body, '\\') < 0 {
		return body, nil
	}
	var b strings.Builder
	b.Grow(len(body))
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			b.WriteByte(body[i])
			continue
		}
		at := i + 1 // of the backslash, in raw
		i++
		if i == len(body) {
			// The closing quote would have been escaped: cannot happen in a
			// text that quotedEnd closed.
			return b.String(), nil
		}
		switch c := body[i]; c {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case ' ', '\\': // a backslash before a blank is kept, for old rules
			b.WriteByte('\\')
		case '/':
			b.WriteByte('/')
		case '"', '\'':
			if c != raw[0] {
				return "", &escapeError{at, 2, fmt.Sprintf(`\%c cannot stand between %c quotes; write %c alone`, c, raw[0], c)}
			}
			b.WriteByte(c)
		case 'x':
			if i+2 >= len(body) {
				return "", &escapeError{at, len(raw) - 1 - at, `\x needs two hexadecimal digits`}
			}
			n, err := strconv.ParseUint(body[i+1:i+3], 16, 8)
			if err != nil {
				return "", &escapeError{at, 4, fmt.Sprintf(`\x needs two hexadecimal digits, not %q`, body[i+1:i+3])}
			}
			b.WriteByte(byte(n))
			i += 2
		default:
			return "", &escapeError{at, 2, fmt.Sprintf(`unknown escape \%c; a backslash itself is written \\`, c)}
		}
	}
	return b.String(), nil
}
