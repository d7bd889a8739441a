// Package quote puts names and texts of users into messages, so that a message
// stays short and moves no terminal's cursor.
package quote

import (
	"fmt"
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

// YAML returns a text as YAML has it in double quotes. Bytes that are not UTF-8 stay as
// they are, which Falco reads.
func YAML(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == utf8.RuneError && size == 1:
			b.WriteByte(text[i])
		case !strconv.IsPrint(r):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	b.WriteByte('"')
	return b.String()
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
