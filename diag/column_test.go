package diag

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestUTF16Column(t *testing.T) {
	for _, test := range []struct {
		name, line   string
		column, want int
	}{
		{"start", "abc", 1, 1},
		{"end", "abc", 4, 4},
		{"behind the end", "abc", 5, 0},
		{"before the start", "abc", 0, 0},
		{"two bytes", "ä b", 4, 3},
		{"outside of the BMP", "😀b", 5, 3},
		{"invalid UTF-8", "\xff\xffb", 3, 3},
		{"inside of a character", "äb", 2, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := UTF16Column(test.line, test.column); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

// randomLine returns a line of characters of all lengths and of invalid bytes.
func randomLine(r *rand.Rand, size int) string {
	var b strings.Builder
	for b.Len() < size {
		b.WriteString([]string{"a", "é", "日", "😀", "\xff", "\x80", "\xf0\x9f", "\x80\x80\x80\x80\x80"}[r.IntN(8)])
	}
	return b.String()
}

// TestColumns compares columns with UTF16Column, in lines and orders of all kinds.
func TestColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := newColumns()
	for range 20 {
		line := randomLine(r, r.IntN(5*markEvery))
		for range 200 {
			column := r.IntN(len(line)+4) - 1
			if got, want := c.utf16(line, column), UTF16Column(line, column); got != want {
				t.Fatalf("column %d of %q is %d, want %d", column, line, got, want)
			}
		}
	}
}

// TestColumnsWork counts the bytes that are counted: those of a line once, and some
// for each column.
func TestColumnsWork(t *testing.T) {
	line := strings.Repeat("é", 50_000)
	read := 0
	c := columns{count: func(text string) int { read += len(text); return utf16Units(text) }}
	const n = 2000
	for i := range n {
		c.utf16(line, 1+i*31%len(line))
		c.utf16(line, len(line)-i)
	}
	if most := len(line) + 2*n*(markEvery+3); read > most {
		t.Errorf("%d bytes were counted, want at most %d", read, most)
	}
}
