package quote_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/quote"
)

func TestJSON(t *testing.T) {
	text := "<&>\u202e\u009b\x1b\u2028##[error] ##vso[task] é\n"
	for _, test := range []struct{ name, indent, want string }{
		{"one line", "", `["<&>\u202e\u009b\u001b\u2028##\u005berror] ##vso\u005btask] é\n"]`},
		{"indented", "  ", "[\n  " + `"<&>\u202e\u009b\u001b\u2028##\u005berror] ##vso\u005btask] é\n"` + "\n]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := quote.JSON([]string{text}, test.indent)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v", got, err)
			}
			var back []string
			if err := json.Unmarshal(got, &back); err != nil || back[0] != text {
				t.Errorf("read back as %q, %v", back, err)
			}
		})
	}
	var b strings.Builder
	if err := quote.WriteJSON(&b, 1, ""); err != nil || b.String() != "1\n" {
		t.Errorf("wrote %q, %v", b.String(), err)
	}
	if _, err := quote.JSON(func() {}, ""); err == nil {
		t.Error("a function has JSON")
	}
}
