package junit

import (
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "",
		"a\tb\r\nc":          "a\tb\r\nc",
		"\x00\x08\x1b":       "\uFFFD\uFFFD\uFFFD",
		"a\xffb":             "a\uFFFDb",
		"\xed\xa0\x80":       "\uFFFD\uFFFD\uFFFD", // half of a pair
		"\uFFFE\uFFFF\uFFFD": "\uFFFD\uFFFD\uFFFD",
		"ä𝒳<&>":              "ä𝒳<&>",
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if got := Clean(text); got != want {
				t.Errorf("Clean(%q) = %q, want %q", text, got, want)
			}
		})
	}
}
