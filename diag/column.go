package diag

import (
	"unicode/utf16"
	"unicode/utf8"
)

// UTF16Column converts a column of line from bytes to UTF-16 code units, as the Language
// Server Protocol and SARIF count. Both count from 1. It returns 0 if the column is
// neither in the line nor directly after it. A byte that is not part of valid UTF-8
// counts as one code unit.
func UTF16Column(line string, column int) int {
	if column < 1 || column > len(line)+1 {
		return 0
	}
	return utf16Units(line[:column-1]) + 1
}

func utf16Units(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r) // 1 for U+FFFD, which replaces an invalid byte
	}
	return n
}

// columns is UTF16Column for many columns of a line. It counts the code units of each
// part of the line only once.
type columns struct {
	count func(string) int // utf16Units
	line  string
	// units[i] is the number of code units before byte i*markEvery of line, or before the
	// character with this byte.
	units []int
}

const markEvery = 512

func newColumns() *columns { return &columns{count: utf16Units} }

func (c *columns) utf16(line string, column int) int {
	if column < 1 || column > len(line)+1 {
		return 0
	}
	if line != c.line || c.units == nil {
		c.line, c.units = line, append(c.units[:0], 0)
	}
	mark := (column - 1) / markEvery
	for i := len(c.units); i <= mark; i++ {
		c.units = append(c.units, c.units[i-1]+c.count(line[markIn(line, i-1):markIn(line, i)]))
	}
	from := min(markIn(line, mark), column-1)
	return c.units[mark] + c.count(line[from:column-1]) + 1
}

// markIn returns the offset of a mark in line, or the start of the character there.
func markIn(line string, mark int) int {
	at := mark * markEvery
	for from := at; from > at-utf8.UTFMax && from >= 0 && from < len(line); from-- {
		if utf8.RuneStart(line[from]) {
			return from
		}
	}
	return at
}
