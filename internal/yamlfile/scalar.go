package yamlfile

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// startsPlain reports whether a text without quotes can begin with c. What
// has a meaning of its own before a space is already taken care of.
func (s *scanner) startsPlain(c byte) bool {
	if strings.IndexByte(",[]{}#&*!|>'\"%@`", c) >= 0 {
		return false
	}
	if len(s.flows) == 0 {
		return !((c == '-' || c == '?' || c == ':') && s.spaceOrEnd(1))
	}
	return c != '?' && !((c == '-' || c == ':') && (isBlank(s.at(1)) || s.at(1) == eot))
}

// endsPlain reports whether a text without quotes ends here for another reason
// than the end of the line: a key's colon, a comment, a bracket or comma.
func (s *scanner) endsPlain() bool {
	inFlow := len(s.flows) > 0
	switch s.at(0) {
	case ':':
		return s.spaceOrEnd(1) || inFlow && strings.IndexByte(",]}", s.at(1)) >= 0
	case ' ', '\t':
		return s.at(1) == '#'
	case '\n', '\r':
		return s.at(s.lineBreak(0)) == '#'
	case ',', '?', '[', ']', '{', '}':
		return inFlow
	}
	return false
}

// content is the value of a scalar that is being read.
type content struct {
	*scanner
	buf     []byte
	start   int  // where the scalar's text begins
	from    int  // what lies between here and the place of the scanner is not in buf yet
	fixed   int  // how much of buf the end of a line cannot trim
	escaped int  // where in buf the last escape sequence ends, -1 without one
	empty   bool // the last line is
}

// content begins the value of a scalar here.
func (s *scanner) content() content {
	return content{scanner: s, buf: s.buf[:0], start: s.offset, from: s.offset, escaped: -1}
}

// take adds what has been read.
func (c *content) take() {
	c.buf = append(c.buf, c.text[c.from:c.offset]...)
	c.from = c.offset
}

// skipped leaves out what has been read since the last take.
func (c *content) skipped() {
	c.from = c.offset
	c.fixed = len(c.buf)
}

// keep ends an escape sequence: what it stands for is never trimmed.
func (c *content) keep() {
	c.skipped()
	c.escaped = len(c.buf)
}

// endLine ends a line of a folded text, without the blanks at its end.
func (c *content) endLine() {
	c.take()
	line := c.buf[c.fixed:]
	c.buf = c.buf[:c.fixed+len(bytes.TrimRight(line, " \t"))]
	c.skip(c.lineBreak(0))
}

// fold adds what the end of a line stands for, once the blanks at the start of
// the next one are read.
func (c *content) fold(escaped bool) {
	empty := c.lineBreak(0) > 0
	switch {
	case empty:
		c.buf = append(c.buf, '\n')
	case !c.empty && !escaped:
		c.buf = append(c.buf, ' ')
	}
	c.empty = empty
	c.skipped()
}

// trim takes the bytes of a set off the end, but for the first few of them. One
// byte behind an escape sequence always stays.
func (c *content) trim(set string, spare int) {
	end := len(bytes.TrimRight(c.buf, set))
	if end <= c.escaped {
		end = c.escaped + 1
	}
	if end > 0 {
		end += spare
	}
	c.buf = c.buf[:min(end, len(c.buf))]
}

// push makes the token. What stands in the text as it is shares its memory.
func (c *content) push(k kind, at, end mark, style Style) {
	t := c.scanner.push(k, at)
	t.end, t.style = end, style
	if strings.HasPrefix(c.text[c.start:], string(c.buf)) {
		t.text = c.text[c.start : c.start+len(c.buf)]
	} else {
		t.text = string(c.buf)
	}
	c.scanner.buf = c.buf
}

func (s *scanner) scanPlain() {
	column := 0 // the least one of a further line
	if len(s.flows) == 0 {
		column = s.parentColumn() + 1
	}
	s.beginKey()
	s.keyAllowed = false
	at := s.mark
	s.plainAt = at
	c := s.content()
	end := at
	for s.more() {
		line := s.offset
		for !s.endsPlain() && s.lineBreak(0) == 0 && s.more() && !s.anyMarker() {
			if s.at(0) != 0 {
				s.advance()
				s.skipWord()
			} else if !c.escape() {
				return
			}
		}
		if s.offset > line {
			end = s.beforeBlanks()
		}
		if !s.more() || s.anyMarker() || s.endsPlain() {
			break
		}
		c.endLine()
		for isBlank(s.at(0)) {
			if s.at(0) == '\t' && s.column < column {
				s.failTab()
				return
			}
			if s.endsPlain() {
				break
			}
			s.advance()
		}
		c.fold(false)
		if !c.empty && s.column < column {
			s.keyAllowed = true
			break
		}
	}
	c.take()
	c.trim(" \t", 0)
	c.trim("\n", 0)
	c.push(plain, at, end, 0)
}

// beforeBlanks returns the place before the blanks that the scanner has just read.
func (s *scanner) beforeBlanks() mark {
	m := s.mark
	for m.column > 0 && isBlank(s.text[min(m.offset, len(s.text))-1]) {
		m.offset--
		m.column--
	}
	return m
}

func (s *scanner) scanQuoted(quote byte) {
	s.beginKey()
	s.keyAllowed = false
	s.scalarAllowed = len(s.flows) > 0
	s.afterQuoted = true
	at := s.mark
	s.advance()
	c := s.content()
	// For Falco a text that ends right after a line break or the first quote
	// needs no closing quote.
	closed := false
	for s.more() {
		escapedBreak := false
		for s.lineBreak(0) == 0 && s.more() && !s.endsQuoted(quote) {
			b := s.at(0)
			if s.anyMarker() {
				s.fail(s.mark, "a line that begins with %c%c%c inside the quotes opened in line %d: close them first", b, b, b, at.line+1)
				return
			}
			escapes := b == '\\' && quote == '"'
			if escapes && s.lineBreak(1) > 0 {
				c.take()
				s.advance()
				c.keep()
				escapedBreak = true
				break
			}
			if !escapes && b != quote {
				s.advance()
				s.skipWord()
			} else if !c.escape() {
				return
			}
		}
		if !s.more() {
			s.fail(s.mark, "the quote opened in line %d, column %d is not closed", at.line+1, at.column+1)
			return
		}
		if s.endsQuoted(quote) {
			c.take()
			s.advance()
			closed = true
			break
		}
		c.endLine()
		for isBlank(s.at(0)) {
			s.advance()
		}
		c.fold(escapedBreak)
	}
	if s.strict && !closed {
		s.fail(at, "the quote opened in line %d, column %d is not closed", at.line+1, at.column+1)
		return
	}
	if !s.strict {
		c.trim("\n", 1)
	}
	style := DoubleQuoted
	if quote == '\'' {
		style = SingleQuoted
	}
	c.push(quoted, at, s.mark, style)
}

func (s *scanner) endsQuoted(quote byte) bool {
	return s.at(0) == quote && (quote == '"' || s.at(1) != quote)
}

// escape reads an escape sequence: after a backslash in double quotes, of two
// single quotes in single ones, or after a zero byte outside quotes.
func (c *content) escape() bool {
	c.take()
	by := c.advance()
	code, ok := c.escapeCode(by)
	if !ok {
		return false
	}
	switch {
	case code > utf8.MaxRune && c.strict:
		c.buf = utf8.AppendRune(c.buf, code-bareByte)
	case code > utf8.MaxRune:
		c.buf = append(c.buf, byte(code-bareByte))
	default:
		c.buf = utf8.AppendRune(c.buf, code)
	}
	c.keep()
	return true
}

// Two escape sequences stand for single bytes, which are no UTF-8.
const (
	bareByte  = utf8.MaxRune + 1
	nextLine  = bareByte + 0x85
	hardBlank = bareByte + 0xA0
)

// escapeCode returns what the rest of an escape sequence stands for.
func (s *scanner) escapeCode(by byte) (rune, bool) {
	c := s.advance()
	var digits int
	switch {
	case by == '\'':
		return '\'', true
	case c == 'x':
		digits = 2
	case c == 'u':
		digits = 4
	case c == 'U':
		digits = 8
	default:
		const names = "0abt\tnvfre \"'\\/N_LP"
		codes := [len(names)]rune{
			0, '\a', '\b', '\t', '\t', '\n', '\v', '\f', '\r', 0x1b, ' ', '"', '\'', '\\', '/',
			nextLine, hardBlank, 0x2028, 0x2029,
		}
		switch i := strings.IndexByte(names, c); {
		case i >= 0:
			return codes[i], true
		case by == 0:
			s.fail(s.mark, "a zero byte: remove it")
		default:
			s.fail(s.mark, `this backslash begins no escape sequence: write \\ for a backslash, or use single quotes`)
		}
		return 0, false
	}
	code := uint32(0)
	for range digits {
		d := s.advance()
		switch {
		case isDigit(d):
			code = code<<4 | uint32(d-'0')
		case isHex(d):
			code = code<<4 | uint32(d|0x20-'a'+10)
		default:
			digits = 0
		}
	}
	switch {
	case digits == 0:
		s.fail(s.mark, `too few hexadecimal digits after \%c: write \\ for a backslash, or use single quotes`, c)
	case code >= 0xD800 && code <= 0xDFFF || code > 0x10FFFF:
		s.fail(s.mark, "there is no character U+%04X", code)
	}
	return rune(code), s.err == nil
}

// header is the first line of a block text.
type header struct {
	folded bool
	chomp  byte // + or -, or 0: what becomes of the line breaks at the end
	indent int  // of the text, 0 if its first line tells it
	end    mark // behind it
}

func (s *scanner) scanHeader() (h header, ok bool) {
	at := s.mark
	h.folded = s.advance() == '>'
	isChomp := func(c byte) bool { return c == '+' || c == '-' }
	n := 0
	switch first := s.at(0); {
	case isChomp(first) && isDigit(s.at(1)), isDigit(first) && isChomp(s.at(1)):
		n = 2
	case isChomp(first), isDigit(first):
		n = 1
	}
	for range n {
		switch c := s.advance(); {
		case c == '0':
			s.fail(s.mark, "the indentation of a block text is 1 to 9, not 0")
			return h, false
		case isDigit(c):
			h.indent = int(c - '0')
		default:
			h.chomp = c
		}
	}
	h.end = s.mark
	for isBlank(s.at(0)) {
		s.advance()
	}
	if s.at(0) == '#' {
		s.skipLine()
	}
	if s.more() && s.lineBreak(0) == 0 {
		s.fail(s.mark, "a block text begins on the line after its %c", s.text[at.offset])
		return h, false
	}
	return h, true
}

func (s *scanner) scanBlock() {
	at := s.mark
	h, ok := s.scanHeader()
	if !ok {
		return
	}
	end := h.end
	column := max(1, h.indent) // the least one of a line of the text
	column += max(0, s.parentColumn())
	c := s.content()
	found := false                // a line with text
	more := false                 // the last line begins with a blank
	breaks, afterMore := 0, false // line breaks not in the value yet, and whether they follow such a line
	for first := true; s.more(); first = false {
		line := s.offset
		for s.at(0) != eot && s.lineBreak(0) == 0 {
			found, first = true, false
			if s.at(0) != 0 {
				s.advance()
				s.skipWord()
			} else if !c.escape() {
				return
			}
		}
		c.take()
		if s.offset > line {
			end = s.mark
		}
		if s.at(0) == eot {
			break
		}
		s.skip(s.lineBreak(0))
		detect := h.indent == 0 && !found
		for s.at(0) == ' ' && (s.column < column || detect) {
			s.advance()
		}
		if detect {
			column = max(column, s.column)
		}
		if s.at(0) == '\t' && s.column < column {
			s.failTab()
			return
		}
		c.skipped()
		empty, moreNext := s.lineBreak(0) > 0, isBlank(s.at(0))
		if breaks == 0 && empty {
			afterMore = more
		}
		switch {
		case first: // the end of the header
		case !h.folded || s.strict && !s.more():
			c.buf = append(c.buf, '\n')
		case empty:
			breaks++
		case !c.empty && !more && !moreNext && s.column >= column:
			c.buf = append(c.buf, ' ')
		default:
			c.buf = append(c.buf, '\n')
		}
		if !first && !empty && breaks > 0 {
			ends := s.column < column || !s.more()
			if !afterMore && !moreNext && found && !(s.strict && ends) {
				breaks--
			}
			c.buf = append(c.buf, bytes.Repeat([]byte("\n"), breaks)...)
			breaks = 0
		}
		c.empty, more = empty, moreNext
		if !empty && s.column < column {
			break
		}
	}
	switch h.chomp {
	case 0:
		c.trim("\n", 1)
	case '-':
		c.trim("\n", 0)
	}
	s.keyAllowed = true
	style := Literal
	if h.folded {
		style = Folded
	}
	c.push(quoted, at, end, style)
}
