package parser_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/parser"
)

// TestConformance compares the trees of conditions, and the offsets at which Falco's parser
// stops, with Falco's answers.
func TestConformance(t *testing.T) {
	dir := conformance.Dir(t)
	type answer struct {
		Filter string
		OK     bool
		AST    string
		Offset int
	}
	for _, name := range []string{"parser-generated.jsonl", "parser-upstream.jsonl"} {
		conformance.Run(t, filepath.Join(dir, name), func(t *testing.T, want answer) {
			x, err := parser.Condition(want.Filter)
			if (err == nil) != want.OK {
				t.Fatalf("%q: got %v, Falco accepts it: %v", want.Filter, err, want.OK)
			}
			if want.OK {
				if got := ast.String(x); got != want.AST {
					t.Errorf("%q:\n got %s\nwant %s", want.Filter, got, want.AST)
				}
				roundTrip(t, x)
				return
			}
			var errs diag.List
			if !errors.As(err, &errs) || parser.StopOf(errs).Offset != want.Offset {
				t.Errorf("%q: got %v, Falco stops at %d", want.Filter, err, want.Offset)
			}
		})
	}
}
