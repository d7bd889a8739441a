package subtest_test

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

func TestName(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"short", "proc.name = x", "proc.name = x"},
		{"empty", "", "empty"},
		{"blank", " \n\t", "empty"},
		{"lines", "- rule: a\n  desc: b\n", "- rule: a desc: b"},
		{"slashes", "/a/b", "|a|b"},
		{"long", strings.Repeat("x", 1000), strings.Repeat("x", 50) + "…"},
		{"cut before a character", strings.Repeat("x", 49) + "ä and more", strings.Repeat("x", 49) + "…"},
		{"no characters", strings.Repeat("\x80", 100), "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := subtest.Name(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
