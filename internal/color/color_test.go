package color_test

import (
	"testing"

	"github.com/falcorules/falcorules/internal/color"
)

func TestIn(t *testing.T) {
	for enabled, want := range map[color.Enabled]string{true: "\x1b[1;31mtext\x1b[0m", false: "text"} {
		if got := enabled.In(color.Red, "text"); got != want {
			t.Errorf("%t: got %q, want %q", enabled, got, want)
		}
	}
}
