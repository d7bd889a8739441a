package parser_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/parser"
)

// TestBroken compares the errors about typical mistakes with testdata/broken.golden.
func TestBroken(t *testing.T) {
	in, err := os.ReadFile("testdata/broken.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for i, section := range strings.Split(string(in), "-- ")[1:] {
		name, text, ok := strings.Cut(section, " --\n")
		if !ok {
			t.Fatalf("section %d has no end of its name", i)
		}
		text = strings.TrimSuffix(text, "\n")
		got.WriteString("-- " + name + " --\n")
		_, err := parser.Condition(text)
		var errs diag.List
		if !errors.As(err, &errs) {
			t.Errorf("%s: got error %v", name, err)
		}
		if err := diag.WriteText(&got, errs, diag.TextOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	golden.Check(t, "testdata/broken.golden", got.String())
}
