// Package quote puts names and texts of users into messages, so that a message
// stays short and moves no terminal's cursor.
package quote

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// longest is the number of characters of a text that messages show.
const longest = 60

// Name returns a name for a message: as it is, or in quotes where it has
// characters that do not print. A long one is cut.
func Name(name string) string {
	short, rest := cut(name)
	if strings.ContainsFunc(short, func(r rune) bool { return !strconv.IsPrint(r) }) || !utf8.ValidString(short) {
		short = strconv.Quote(short)
	}
	return short + rest
}

// Text returns a text in quotes for a message. A long one is cut.
func Text(text string) string {
	short, rest := cut(text)
	return strconv.Quote(short) + rest
}

// cut returns the beginning of a text, and what says that there is more of it.
func cut(text string) (string, string) {
	n := 0
	for i := range text {
		if n == longest {
			return text[:i], "…"
		}
		n++
	}
	return text, ""
}
