package yamlfile

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// startsPlain reports whether a plain scalar can begin with c. Indicators before a
// space have been handled already.
func (s *scanner) startsPlain(c byte) bool {
	if strings.IndexByte(",[]{}#&*!|>'\"%@`", c) >= 0 {
		return false
	}
	if len(s.flows) == 0 {
		return !((c == '-' || c == '?' || c == ':') && s.spaceOrEnd(1))
	}
	return c != '?' && !((c == '-' || c == ':') && (isBlank(s.at(1)) || s.at(1) == eot))
}

// endsPlain reports whether a plain scalar ends here, other than by a line break: at
// the colon of a key, a comment, a bracket or a comma.
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

// content builds the value of a scalar.
type content struct {
	*scanner
	buf     []byte
	start   int  // offset of the scalar's text
	from    int  // offset of the text that has been read but is not yet in buf
	fixed   int  // number of bytes of buf that endLine must not trim
	escaped int  // index in buf after the last escape sequence, or -1
	empty   bool // whether the last line was empty
	parent  int  // column of the block that the scalar is in
}

// content starts the value of a scalar here. The parent is the column of the block that
// the scalar is in.
func (s *scanner) content(parent int) content {
	return content{scanner: s, buf: s.buf[:0], start: s.offset, from: s.offset, escaped: -1, parent: parent}
}

// take adds the text that has been read.
func (c *content) take() {
	if c.segments != nil && c.from < c.offset {
		*c.segments = append(*c.segments, Segment{c.from, c.offset, len(c.buf), len(c.buf) + c.offset - c.from, false})
	}
	c.buf = append(c.buf, c.text[c.from:c.offset]...)
	c.from = c.offset
}

// skipped drops the text that has been read since the last take.
func (c *content) skipped() {
	c.from = c.offset
	c.fixed = len(c.buf)
}

// keep ends an escape sequence and protects its value from being trimmed.
func (c *content) keep() {
	c.skipped()
	c.escaped = len(c.buf)
}

// endLine ends a line of a folded scalar and trims its trailing white space.
func (c *content) endLine() {
	c.take()
	line := c.buf[c.fixed:]
	c.buf = c.buf[:c.fixed+len(bytes.TrimRight(line, " \t"))]
	c.cutSegments()
	c.skip(c.lineBreak(0))
}

// fold adds the folded form of a line break, after the leading white space of the next
// line have been read.
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

// trim removes trailing bytes of a set, except for the first spare ones. Like Falco,
// it always keeps one byte after an escape sequence.
func (c *content) trim(set string, spare int) {
	end := len(bytes.TrimRight(c.buf, set))
	if end <= c.escaped {
		end = c.escaped + 1
	}
	if end > 0 {
		end += spare
	}
	c.buf = c.buf[:min(end, len(c.buf))]
	c.cutSegments()
}

// push creates the token. Its text shares memory with the input if it is unchanged.
func (c *content) push(k kind, at, end mark, style Style) {
	t := c.scanner.push(k, at)
	t.end, t.style = end, style
	t.context = context{parent: int32(c.parent), inFlow: len(c.flows) > 0, lineEnd: c.lineEnd, strict: c.strict}
	if strings.HasPrefix(c.text[c.start:], string(c.buf)) {
		t.text = c.text[c.start : c.start+len(c.buf)]
		t.verbatim = style&(Literal|Folded) == 0
	} else {
		t.text = string(c.buf)
	}
	c.scanner.buf = c.buf
}

func (s *scanner) scanPlain() {
	column := 0 // the smallest column of continuation lines
	parent := s.parentColumn()
	if len(s.flows) == 0 {
		column = parent + 1
	}
	s.beginKey()
	s.keyAllowed = false
	at := s.mark
	s.plainAt = at
	c := s.content(parent)
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

// beforeBlanks returns the mark before the white space that was just read.
func (s *scanner) beforeBlanks() mark {
	m := s.mark
	for m.column > 0 && isBlank(s.text[min(m.offset, len(s.text))-1]) {
		m.offset--
		m.column--
	}
	return m
}

func (s *scanner) scanQuoted(quote byte) {
	parent := s.parentColumn()
	s.beginKey()
	s.keyAllowed = false
	s.scalarAllowed = len(s.flows) > 0
	s.afterQuoted = true
	at := s.mark
	s.advance()
	c := s.content(parent)
	// Falco does not require the closing quote if the text ends right after a line
	// break or the opening quote.
	closed := false
	for s.more() {
		escapedBreak := false
		for s.lineBreak(0) == 0 && s.more() && !s.endsQuoted(quote) {
			b := s.at(0)
			if s.anyMarker() {
				s.fail(s.mark, "a line begins with %c%c%c inside the quotes opened on line %d: close them first", b, b, b, at.line+1)
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
			s.fail(s.mark, "the quote on line %d, column %d is not closed", at.line+1, at.column+1)
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
		s.fail(at, "the quote on line %d, column %d is not closed", at.line+1, at.column+1)
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

// escape parses an escape sequence: a backslash in double quotes, two single quotes
// in single quotes or, in Falco, a zero byte outside quotes.
func (c *content) escape() bool {
	c.take()
	start, size := c.offset, len(c.buf)
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
	if c.segments != nil {
		*c.segments = append(*c.segments, Segment{start, c.offset, size, len(c.buf), true})
	}
	c.keep()
	return true
}

// In Falco, two escape sequences mean single bytes that are not UTF-8.
const (
	bareByte  = utf8.MaxRune + 1
	nextLine  = bareByte + 0x85
	hardBlank = bareByte + 0xA0
)

// escapeCode parses the rest of an escape sequence and returns its value.
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
			s.fail(s.mark, "unexpected zero byte: remove it")
		default:
			s.fail(s.mark, `invalid escape sequence: write \\ for a backslash, or use single quotes`)
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
		s.fail(s.mark, "invalid character U+%04X", code)
	}
	return rune(code), s.err == nil
}

// header is the first line of a block scalar.
type header struct {
	folded bool
	chomp  byte // +, - or 0: keep, strip or clip the final line breaks
	indent int  // of the text, 0 to take it from the first line
	end    mark
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
			s.fail(s.mark, "invalid indentation 0 of a block scalar: want 1 to 9")
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
		s.skipComment()
	}
	if s.more() && s.lineBreak(0) == 0 {
		s.fail(s.mark, "unexpected text after %c: begin a block scalar on the next line", s.text[at.offset])
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
	parent := s.parentColumn()
	column := max(1, h.indent) + max(0, parent) // the smallest column of lines of the text
	c := s.content(parent)
	found := false                // whether there was a line with text
	more := false                 // whether the last line begins with white space
	breaks, afterMore := 0, false // pending line breaks, and whether they follow such a line
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
