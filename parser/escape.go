package parser

import (
	"fmt"
	"strconv"
	"strings"
)

// quotedEnd returns the end of the quoted text at start, or -1 if it is not closed. As in
// Falco, a quote after a backslash never closes the text, even if the backslash is escaped,
// and a NUL byte ends the search.
func quotedEnd(text string, start int) int {
	quote := text[start]
	for i := start + 1; i < len(text) && text[i] != 0; i++ {
		if text[i] == quote && text[i-1] != '\\' {
			return i + 1
		}
	}
	return -1
}

// escapeError is a mistake in an escape sequence.
type escapeError struct {
	at, length int // in bytes, from the opening quote
	msg        string
}

// unquote returns the value of a quoted text. The text includes the quotes.
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
		at := i + 1 // the index of the backslash in raw
		i++
		if i == len(body) {
			// quotedEnd does not end a text with a backslash.
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
		case ' ', '\\': // Falco keeps a backslash before a space, for old rules
			b.WriteByte('\\')
		case '/':
			b.WriteByte('/')
		case '"', '\'':
			if c != raw[0] {
				return "", &escapeError{at, 2, fmt.Sprintf(`invalid escape \%c between %c quotes: want %c without a backslash`, c, raw[0], c)}
			}
			b.WriteByte(c)
		case 'x':
			if i+2 >= len(body) {
				return "", &escapeError{at, len(raw) - 1 - at, `invalid escape \x: want two hexadecimal digits`}
			}
			n, err := strconv.ParseUint(body[i+1:i+3], 16, 8)
			if err != nil {
				return "", &escapeError{at, 4, fmt.Sprintf(`invalid escape \x: want two hexadecimal digits, not %q`, body[i+1:i+3])}
			}
			b.WriteByte(byte(n))
			i += 2
		default:
			return "", &escapeError{at, 2, fmt.Sprintf(`unknown escape \%c: want \\ for a backslash`, c)}
		}
	}
	return b.String(), nil
}
