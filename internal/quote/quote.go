// Package quote makes text from users safe for terminals, logs and messages.
//
// Before such a text is printed, it must go through [Line] or [Lines]. Rules, events,
// suites and names of files can come from strangers and must not control the terminal or
// forge lines of a log. [Name] and [Text] do the same for messages, and shorten the text.
package quote

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text as one line, with spaces in place of line breaks. It replaces
// characters that control a terminal or the writing direction, bytes that are not UTF-8,
// and one character of each command for a CI system by U+FFFD. Other than for bytes that
// are not UTF-8, the number of characters stays the same.
func Line(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r':
			return ' '
		case r == '\t':
			return r
		case isControl(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	return disarm(text)
}

// Lines is [Line] for each line of a text.
func Lines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line, newline := strings.CutSuffix(line, "\n")
		b.WriteString(Line(strings.TrimSuffix(line, "\r")))
		if newline {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// CI systems look for commands in the output of a job. GitHub Actions looks for ::command
// at the start of a line, after white space, and for ##[command] anywhere in a line.
// Others look for ##name[command].
var (
	lineCommand = regexp.MustCompile(`^[\s\p{Z}]*:(:[A-Za-z])`)
	anyCommand  = regexp.MustCompile(`(##[A-Za-z]*)\[`)
)

// disarm replaces one character of each command for a CI system.
func disarm(line string) string {
	if at := lineCommand.FindStringSubmatchIndex(line); at != nil {
		line = line[:at[2]-1] + string(utf8.RuneError) + line[at[2]:]
	}
	if strings.Contains(line, "##") {
		line = anyCommand.ReplaceAllString(line, "${1}"+string(utf8.RuneError))
	}
	return line
}

// maxLength is the number of characters to which texts in messages are shortened.
const maxLength = 60

// Name returns a name for a message. It quotes names with characters that are not
// printable and shortens long names.
func Name(name string) string {
	short, rest := cut(name)
	if strings.ContainsFunc(short, func(r rune) bool { return !strconv.IsPrint(r) }) || !utf8.ValidString(short) {
		short = strconv.Quote(short)
	}
	return disarm(short) + rest
}

// Text returns a text in quotes for a message. It shortens long texts.
func Text(text string) string {
	short, rest := cut(text)
	return disarm(strconv.Quote(short)) + rest
}

// Escape returns a YAML or JSON document with escapes in place of the characters that
// [Line] replaces, except for line breaks and bytes that are not UTF-8. The document
// must have these characters in double quotes only.
func Escape(document string) string {
	var b strings.Builder
	for i, r := range document {
		if isBreak := r == '\n' || r == '\r' || r == '\t'; isControl(r) && !isBreak {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			_, size := utf8.DecodeRuneInString(document[i:])
			b.WriteString(document[i : i+size])
		}
	}
	return anyCommand.ReplaceAllString(b.String(), `${1}\u005b`)
}

// isControl reports whether a character controls a terminal or the writing direction.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp)
}

// YAML returns a text as a YAML scalar in double quotes. It leaves bytes that are not UTF-8
// unchanged, because Falco accepts them.
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

// cut returns the start of a text, and an ellipsis if there is more.
func cut(text string) (string, string) {
	n := 0
	for i := range text {
		if n == maxLength {
			return text[:i], "…"
		}
		n++
	}
	return text, ""
}
