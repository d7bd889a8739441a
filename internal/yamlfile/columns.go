package yamlfile

import (
	"bytes"
	"unicode/utf8"
)

// Columns makes the columns of trees count bytes: package yaml counts characters,
// and every column that this module reports counts bytes.
type Columns struct {
	text []byte
	// line and column, as package yaml counts them, and the offset of a position
	// in text, and where its line begins.
	line, column, offset, start int
}

// NewColumns returns a Columns for trees of the text that [Decode] makes of data.
func NewColumns(data []byte) *Columns {
	return &Columns{text: Decode(data), line: 1, column: 1}
}

// inBytes moves to a position and returns its column in bytes. Positions mostly
// ascend, so that the text is read once.
func (c *Columns) inBytes(line, column int) int {
	if line < c.line {
		*c = Columns{text: c.text, line: 1, column: 1}
	}
	if line == c.line && column < c.column {
		c.column, c.offset = 1, c.start
	}
	for c.offset < len(c.text) && (c.line < line || c.line == line && c.column < column) {
		size, isBreak := nextCharacter(c.text[c.offset:])
		c.offset += size
		c.column++
		if isBreak {
			c.line, c.column, c.start = c.line+1, 1, c.offset
		}
	}
	return c.offset - c.start + 1
}

// nextCharacter returns the length of the first character, and whether it ends a
// line for package yaml.
func nextCharacter(text []byte) (size int, isBreak bool) {
	if bytes.HasPrefix(text, []byte("\r\n")) {
		return 2, true
	}
	r, size := utf8.DecodeRune(text)
	switch r {
	case '\r', '\n', 0x85, 0x2028, 0x2029:
		return size, true
	}
	return size, false
}
