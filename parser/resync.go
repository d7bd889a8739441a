package parser

import (
	"strings"

	"github.com/falcorules/falcorules/diag"
)

// stray adds a tokStray of n bytes. The mistake is about the first length bytes.
func (s *scanner) stray(length, n int, e *mistake) {
	s.blame(s.pos, length, s.pos, e)
	s.emit(tokStray, n)
}

// strayText adds a tokStray for the text at pos, up to where the condition continues.
func (s *scanner) strayText(e *mistake) {
	s.inner = 0
	n := len(wordAt(s.rest()))
	s.stray(n, s.resync(s.pos+n)-s.pos, e)
}

// fail adds a tokInvalid for the text at pos, up to where the condition continues.
func (s *scanner) fail(e *mistake) {
	n := len(wordAt(s.rest()))
	from := s.pos + n
	if s.has(")") {
		from = s.pos // it closes a group around the check
	}
	s.failAt(s.pos, n, from, e)
}

// failAt adds a tokInvalid for the text at pos, up to where the condition continues, but
// not before from. The mistake is about the n bytes at offset at. Falco's parser stops at
// pos.
func (s *scanner) failAt(at, n, from int, e *mistake) {
	s.blame(at, n, s.pos, e)
	s.emit(tokInvalid, s.resync(from)-s.pos)
}

// blame adds a mistake about the n bytes at offset at. Falco's parser stops at the given
// offset, or after it if the mistake says so.
func (s *scanner) blame(at, n, stop int, e *mistake) {
	e.stop.Offset = max(e.stop.Offset, stop)
	e.span = diag.Span{Start: diag.Pos{Offset: at}, End: diag.Pos{Offset: at + n}}
	if e.msg == "" {
		e.found = describe(s.text[at : at+n])
	}
	s.invalid = append(s.invalid, e)
}

// resync returns the first offset from start on at which the condition continues: an and,
// an or, or the ) of a group around the check. In parentheses, it must be an and or an or
// before another check.
func (s *scanner) resync(start int) int {
	text, depth := s.text, s.inner
	for i := start; i < len(text); i++ {
		if (i == 0 || i == start || isBlank(text[i-1]) || text[i-1] == ')') && joinsAt(text[i:]) && (depth == 0 || joinsCheck(text[i:])) {
			return i
		}
		switch c := text[i]; {
		case isQuote(c):
			if end := s.quotedEnd(i); end > 0 {
				i = end - 1
			}
		case c == '(':
			depth++
		case c == ')':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return len(text)
}

// joinsAt reports whether text starts with and or or, in this language or another one.
func joinsAt(text string) bool {
	if isJoin(text) {
		return true
	}
	switch wordAt(text) {
	case "&&", "||", "AND", "OR":
		return true
	}
	return false
}

// isJoin reports whether text starts with the word and or or.
func isJoin(text string) bool { return joinLen(text) > 0 }

func joinLen(text string) int {
	for _, w := range []string{"and", "or"} {
		if after, ok := strings.CutPrefix(text, w); ok && (after == "" || isBlank(after[0]) || after[0] == '(') {
			return len(w)
		}
	}
	return 0
}

// maxLookahead is how many bytes a hint looks ahead.
const maxLookahead = 1000

// joinsCheck reports whether text starts with and or or before a check, so that it is not
// part of a list.
func joinsCheck(text string) bool {
	n := joinLen(text)
	return n > 0 && startsCheck(strings.TrimLeft(text[n:], " \t\r\n\b("))
}

// startsCheck reports whether text looks like a check, or a not before one.
func startsCheck(text string) bool {
	if strings.HasPrefix(text, "not ") || strings.HasPrefix(text, "not(") {
		return true
	}
	n := fieldLen(text)
	if n == 0 {
		return transformerLen(text) > 0
	}
	text = text[n:]
	if arg, ok := strings.CutPrefix(text, "["); ok {
		_, text, _ = strings.Cut(arg[:min(len(arg), maxLookahead)], "]")
	}
	return operatorAt(strings.TrimLeft(text, " \t\r\n\b")) != nil
}
