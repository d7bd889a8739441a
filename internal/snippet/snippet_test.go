package snippet

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

func TestAppend(t *testing.T) {
	for _, test := range []struct {
		line           string
		column, length int
		want           string
	}{
		{"a = b", 3, 1, "a = b\n  ^\n"},
		{"a contians b", 3, 8, "a contians b\n  ^~~~~~~~\n"},
		{"\ta b", 4, 1, "\ta b\n\t  ^\n"},
		{"é b", 4, 1, "é b\n  ^\n"},
		{"a", 2, 0, "a\n ^\n"},
		{"a", 99, 5, "a\n ^\n"},
		{"", 0, 0, "\n^\n"},
		{"\u009bb", 3, 1, "\uFFFDb\n ^\n"},
		{"a\x1b\xff b", 5, 1, "a\uFFFD\uFFFD b\n    ^\n"},
	} {
		t.Run(subtest.Name(test.line), func(t *testing.T) {
			var b strings.Builder
			Append(&b, "", test.line, test.column, test.length)
			if b.String() != test.want {
				t.Errorf("%q:\n got %q\nwant %q", test.line, b.String(), test.want)
			}
		})
	}
}

func TestLongLine(t *testing.T) {
	line := strings.Repeat("é", 500) + "HERE" + strings.Repeat("x", 500)
	var b strings.Builder
	Append(&b, "> ", line, 1001, 4)
	lines := strings.Split(b.String(), "\n")
	at := strings.Index(lines[1], "^")
	if got := string([]rune(lines[0])[at : at+4]); got != "HERE" || !strings.HasSuffix(lines[1], "^~~~") {
		t.Errorf("the mark is under %q:\n%s", got, b.String())
	}
	if len(lines[0]) > 2*longest {
		t.Errorf("%d bytes are shown", len(lines[0]))
	}
}
