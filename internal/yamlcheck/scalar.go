package yamlcheck

import "bytes"

// startsPlain reports whether a text without quotes can begin with c. What
// has a meaning of its own before a space is already taken care of.
func (s *scanner) startsPlain(c byte) bool {
	if bytes.IndexByte([]byte(",[]{}#&*!|>'\"%@`"), c) >= 0 {
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
		return s.spaceOrEnd(1) || inFlow && bytes.IndexByte([]byte(",]}"), s.at(1)) >= 0
	case ' ', '\t':
		return s.at(1) == '#'
	case '\n', '\r':
		return s.at(s.lineBreak(0)) == '#'
	case ',', '?', '[', ']', '{', '}':
		return inFlow
	}
	return false
}

func (s *scanner) scanPlain() {
	column := 0 // the least one of a further line
	if len(s.flows) == 0 {
		column = s.top().column + 1
	}
	s.beginKey()
	s.keyAllowed = false
	at, end := s.mark, s.offset
	s.plainAt = at
	for s.more() {
		for !s.endsPlain() && s.lineBreak(0) == 0 && s.more() && !s.anyMarker() {
			c := s.advance()
			if c == 0 && !s.escape(c) {
				return
			}
			if !isBlank(c) {
				end = s.offset
			}
		}
		if !s.more() || s.anyMarker() || s.endsPlain() {
			break
		}
		s.skip(s.lineBreak(0))
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
		if s.lineBreak(0) == 0 && s.column < column {
			s.keyAllowed = true
			break
		}
	}
	switch string(s.data[at.offset:end]) {
	case "~", "null", "Null", "NULL":
		s.push(plain, at).null = true
	default:
		s.push(plain, at)
	}
}

func (s *scanner) scanQuoted(quote byte) {
	s.beginKey()
	s.keyAllowed = false
	s.scalarAllowed = len(s.flows) > 0
	s.afterQuoted = true
	at := s.mark
	s.advance()
	// A text that ends right after a line break or the first quote needs no
	// closing quote.
	for s.more() {
		for s.lineBreak(0) == 0 && s.more() && !s.endsQuoted(quote) {
			c := s.at(0)
			if s.anyMarker() {
				s.fail(s.mark, "a line that begins with %c%c%c inside the quotes opened in line %d: close them first", c, c, c, at.line+1)
				return
			}
			if c == '\\' && quote == '"' && s.lineBreak(1) > 0 {
				s.advance()
				break
			}
			s.advance()
			if quote == '"' && c == '\\' {
				if !s.escape(c) {
					return
				}
			} else if c == quote {
				s.advance() // the second of two single quotes
			}
		}
		if !s.more() {
			s.fail(s.mark, "the quote opened in line %d, column %d is not closed", at.line+1, at.column+1)
			return
		}
		if s.endsQuoted(quote) {
			s.advance()
			break
		}
		s.skip(s.lineBreak(0))
		for isBlank(s.at(0)) {
			s.advance()
		}
	}
	s.push(quoted, at)
}

func (s *scanner) endsQuoted(quote byte) bool {
	return s.at(0) == quote && (quote == '"' || s.at(1) != quote)
}

// escape reads what follows a backslash in double quotes or, outside quotes, a
// zero byte.
func (s *scanner) escape(by byte) bool {
	c := s.advance()
	digits := 0
	switch c {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		if bytes.IndexByte([]byte("0abt\tnvfre \"'\\/N_LP"), c) >= 0 {
			return true
		}
		if by == 0 {
			s.fail(s.mark, "a zero byte: remove it")
		} else {
			s.fail(s.mark, `this backslash begins no escape sequence: write \\ for a backslash, or use single quotes`)
		}
		return false
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
	return s.err == nil
}

func (s *scanner) scanBlock() {
	at := s.mark
	s.advance()
	column, detect := 1, true // the least one of a line of the text
	isChomp := func(c byte) bool { return c == '+' || c == '-' }
	n := 0
	switch first := s.at(0); {
	case isChomp(first) && isDigit(s.at(1)), isDigit(first) && isChomp(s.at(1)):
		n = 2
	case isChomp(first), isDigit(first):
		n = 1
	}
	for range n {
		c := s.advance()
		if c == '0' {
			s.fail(s.mark, "the indentation of a block text is 1 to 9, not 0")
			return
		}
		if isDigit(c) {
			column, detect = int(c-'0'), false
		}
	}
	for isBlank(s.at(0)) {
		s.advance()
	}
	if s.at(0) == '#' {
		s.skipLine()
	}
	if s.more() && s.lineBreak(0) == 0 {
		s.fail(s.mark, "a block text begins on the line after its %c", s.data[at.offset])
		return
	}
	if top := s.top().column; top > 0 {
		column += top
	}
	for s.more() {
		for s.at(0) != eot && s.lineBreak(0) == 0 {
			if c := s.advance(); c == 0 && !s.escape(c) {
				return
			}
			detect = false
		}
		if s.at(0) == eot {
			break
		}
		s.skip(s.lineBreak(0))
		for s.at(0) == ' ' && (s.column < column || detect) {
			s.advance()
		}
		if detect {
			column = max(column, s.column)
		}
		if s.column < column {
			if s.at(0) == '\t' {
				s.failTab()
				return
			}
			if s.lineBreak(0) == 0 {
				break
			}
		}
	}
	s.keyAllowed = true
	s.push(quoted, at)
}
