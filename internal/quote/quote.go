// Package quote makes names and texts of users fit for terminals, logs and
// messages.
//
// Whatever a user wrote goes through [Line] or [Lines] before it is printed as text:
// rules, events, suites and the names of files may come from strangers, and must
// neither control the terminal nor forge lines of a log. [Name] and [Text] do the
// same, and also keep a message short.
package quote

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text as one line. Line breaks become blanks. U+FFFD replaces
// characters that control a terminal or the direction of writing, bytes that are
// not UTF-8, and one character of each command to a CI system. Except for bytes
// that are not UTF-8, the number of characters stays the same.
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

// CI systems read commands in what a job prints. That of GitHub Actions looks for
// ::command at the start of a line, behind white space, and for ##[command]
// anywhere in it; others look for ##name[command].
var (
	lineCommand = regexp.MustCompile(`^[\s\p{Z}]*:(:[A-Za-z])`)
	anyCommand  = regexp.MustCompile(`(##[A-Za-z]*)\[`)
)

// disarm replaces one character of each command to a CI system.
func disarm(line string) string {
	if at := lineCommand.FindStringSubmatchIndex(line); at != nil {
		line = line[:at[2]-1] + string(utf8.RuneError) + line[at[2]:]
	}
	if strings.Contains(line, "##") {
		line = anyCommand.ReplaceAllString(line, "${1}"+string(utf8.RuneError))
	}
	return line
}

// longest is the number of characters of a text that messages show.
const longest = 60

// Name returns a name for a message: as it is, or in quotes where it has
// characters that do not print. A long one is cut.
func Name(name string) string {
	short, rest := cut(name)
	if strings.ContainsFunc(short, func(r rune) bool { return !strconv.IsPrint(r) }) || !utf8.ValidString(short) {
		short = strconv.Quote(short)
	}
	return disarm(short) + rest
}

// Text returns a text in quotes for a message. A long one is cut.
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

// isControl reports whether a character controls a terminal or the direction of writing.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp)
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
