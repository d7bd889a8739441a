package yamlfile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/diag"
)

// eot is what the scanner sees after the last byte. As in Falco, the same byte in the
// text counts as its end once the scanner has looked past the last byte.
const eot = 0x04

// mark is a position in the text; all its fields count bytes from 0.
type mark struct {
	offset, line, column int
}

func (m mark) pos() diag.Pos {
	return diag.Pos{Offset: m.offset, Line: m.line + 1, Column: m.column + 1}
}

// input reads the text and counts lines like Falco's reader.
type input struct {
	mark
	text    string
	strict  bool // accept only YAML, not Falco's extensions
	lineEnd byte // the byte that ends lines, set by the first line break
	ended   bool // at was called for a byte after the last
}

// at returns the byte at distance i.
func (in *input) at(i int) byte {
	if i += in.offset; i < len(in.text) {
		return in.text[i]
	}
	in.ended = true
	return eot
}

// more reports whether there are bytes left.
func (in *input) more() bool {
	return in.at(0) != eot || !in.ended
}

// advance reads one byte. In rules files, the first line break determines which kind
// is counted; before it, Falco also counts zero bytes as line breaks.
func (in *input) advance() byte {
	c := in.at(0)
	in.offset++
	in.column++
	if in.strict {
		if c == '\n' || c == '\r' && in.at(0) != '\n' {
			in.line++
			in.column = 0
		}
		return c
	}
	if in.lineEnd == 0 {
		switch {
		case c == '\n' || c == '\r' && in.at(0) == '\n':
			in.lineEnd = '\n'
		case c == '\r':
			in.lineEnd = '\r'
		}
	}
	if c == in.lineEnd {
		in.line++
		in.column = 0
	}
	return c
}

// skipWord skips letters, digits and underscores, faster than advance.
func (in *input) skipWord() {
	at := in.offset
	for in.offset < len(in.text) && isLetter(in.text[in.offset]) {
		in.offset++
	}
	in.column += in.offset - at
}

func isLetter(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

func (in *input) skip(n int) {
	for range n {
		in.advance()
	}
}

// skipLine skips to the line break.
func (in *input) skipLine() {
	for in.more() && in.lineBreak(0) == 0 {
		in.advance()
		in.skipWord()
	}
}

// Lines returns the offsets of the lines of a text, counted like the lines of node
// positions in rules files.
func Lines(text string) []int {
	first := strings.IndexAny(text, "\r\n")
	end := byte('\n')
	switch {
	case first < 0:
		first = len(text)
	case text[first] == '\r' && !strings.HasPrefix(text[first+1:], "\n"):
		end = '\r'
	}
	lines := 1 + strings.Count(text[:first], "\x00") + strings.Count(text[first:], string(end))
	starts := append(make([]int, 0, lines), 0)
	for i := range first {
		if text[i] == 0 {
			starts = append(starts, i+1)
		}
	}
	for at := first; ; {
		n := strings.IndexByte(text[at:], end)
		if n < 0 {
			return starts
		}
		at += n + 1
		starts = append(starts, at)
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// lineBreak returns the length of the line break at distance i, or 0.
func (in *input) lineBreak(i int) int {
	switch in.at(i) {
	case '\n':
		return 1
	case '\r':
		if in.at(i+1) == '\n' {
			return 2
		}
		return 1
	}
	return 0
}

// space reports whether there is a space, tab or line break at distance i.
func (in *input) space(i int) bool {
	return isBlank(in.at(i)) || in.lineBreak(i) > 0
}

// spaceOrEnd is like space but also accepts the end of the text.
func (in *input) spaceOrEnd(i int) bool {
	return in.at(i) == eot || in.space(i)
}

// marker reports whether the line begins with a document marker made of c, --- or ...
func (in *input) marker(c byte) bool {
	return in.column == 0 && in.at(0) == c && in.at(1) == c && in.at(2) == c && in.spaceOrEnd(3)
}

func (in *input) anyMarker() bool { return in.marker('-') || in.marker('.') }

// Decode converts UTF-16 and UTF-32 to UTF-8 and removes the byte order mark. Without
// a mark, the zero bytes in the first characters determine the encoding. Invalid
// UTF-8 is left unchanged.
func Decode(data []byte) []byte {
	has := func(prefix string) bool { return bytes.HasPrefix(data, []byte(prefix)) }
	// text reports whether byte i cannot be part of a byte order mark.
	text := func(i int) bool {
		return i < len(data) && strings.IndexByte("\x00\xbb\xbf\xef\xfe\xff", data[i]) < 0
	}
	switch {
	case has("\xef\xbb\xbf"):
		return data[3:]
	case has("\xfe\xff"):
		return decode16(data[2:], 0)
	case has("\xff\xfe\x00\x00"):
		return decode32(data[4:], 0)
	case has("\xff\xfe"):
		return decode16(data[2:], 1)
	case has("\x00\x00\xfe\xff"):
		return decode32(data[4:], 3)
	case has("\x00\x00\x00"):
		return decode32(data, 3)
	case has("\x00") && text(1):
		return decode16(data, 0)
	case text(0) && bytes.HasPrefix(data[1:], []byte("\x00\x00\x00")):
		return decode32(data, 0)
	case text(0) && bytes.HasPrefix(data[1:], []byte("\x00")):
		return decode16(data, 1)
	}
	return data
}

// decode16 decodes UTF-16; high is the index of the high byte in a unit. Like Falco,
// it drops the unit after a high surrogate without a low one.
func decode16(data []byte, high int) []byte {
	var out []byte
	for ; len(data) >= 2; data = data[2:] {
		unit := func(i int) uint32 { return uint32(data[i+high])<<8 | uint32(data[i+1-high]) }
		r := unit(0)
		if r >= 0xDC00 && r < 0xE000 {
			r = utf8.RuneError
		}
		for r >= 0xD800 && r < 0xDC00 {
			if len(data) < 4 {
				return appendRune(out, utf8.RuneError)
			}
			data = data[2:]
			low := unit(0)
			if low >= 0xDC00 && low < 0xE000 {
				r = (r&0x3FF)<<10 + low&0x3FF + 0x10000
				break
			}
			out = appendRune(out, utf8.RuneError)
			if low < 0xD800 || low >= 0xE000 {
				break
			}
			r = low
		}
		out = appendRune(out, r)
	}
	return out
}

// decode32 decodes UTF-32; high is 3 for big-endian and 0 for little-endian.
func decode32(data []byte, high int) []byte {
	var out []byte
	for ; len(data) >= 4; data = data[4:] {
		var r uint32
		for i := range 4 {
			r |= uint32(data[i]) << (8 * (i ^ high))
		}
		out = appendRune(out, r)
	}
	return out
}

// appendRune appends r in UTF-8, even if it is not a valid code point.
func appendRune(out []byte, r uint32) []byte {
	tail := func(shift int) byte { return 0x80 | byte(r>>shift)&0x3F }
	switch {
	case r == eot:
		return utf8.AppendRune(out, utf8.RuneError)
	case r >= 0xD800 && r < 0xE000:
		return append(out, 0xE0|byte(r>>12), tail(6), tail(0))
	case r > utf8.MaxRune:
		return append(out, 0xF0|byte(r>>18)&7, tail(12), tail(6), tail(0))
	}
	return utf8.AppendRune(out, rune(r))
}
