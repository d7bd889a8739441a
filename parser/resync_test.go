package parser_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

// TestRecovery checks where mistakes are found in texts with several mistakes, or with one
// that must not cause others.
func TestRecovery(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"(a.b = ) and c", "1:8"},
		{"(a.b > ) or x", "1:8"},
		{"not (a.b in ) and c", "1:13"},
		{"x and (a.b ) and y", "1:12"},
		{"(tolower(a.b) ) and y", "1:15"},
		{"(x and ) and y", "1:8"},
		{"a.b = (a or b)", "1:7"},
		{"a.b contains (a and b.c = d)", "1:14"},
		{"a.b cotains x && c.d contians y", "1:5 1:15 1:22"},
		{"a.b cotains x AND c.d contians y", "1:5 1:15 1:23"},
		{"x y && a.b contians c", "1:3 1:5 1:12"},
		{"a.b in (a b) and (c.d contians e", "1:11 1:18 1:23"},
		{"((a", "1:2"},
		{"a)) and b)", "1:2 1:10"},
		{"a.b = 'x and c.d contians y", "1:7 1:18"},
	} {
		t.Run(subtest.Name(test.text), func(t *testing.T) {
			_, err := parser.Condition(test.text)
			var errs diag.List
			errors.As(err, &errs)
			var got []string
			for _, e := range errs {
				got = append(got, e.Range.Start.String())
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%s: got %v, want %s", test.text, got, test.want)
			}
		})
	}
}
