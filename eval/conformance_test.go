package eval_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/parser"
)

// TestConformanceCompile compares the verdict on conditions, the kind and position
// of the first error, and the warnings with Falco's.
func TestConformanceCompile(t *testing.T) {
	b := eval.NewBuilder(append(plugins.Sources(), syscall.NewSource(), k8saudit.NewSource())...)
	type answer struct {
		Source, Condition, Error string
		OK                       bool
		Pos                      int
		Warnings                 []string
	}
	conformance.Run(t, filepath.Join(conformance.Dir(t), "compile.jsonl"), func(t *testing.T, want answer) {
		x, err := parser.Condition(want.Condition)
		if err != nil {
			t.Fatalf("%s: %v", want.Condition, err)
		}
		var errs diag.List
		errors.As(b.Check(want.Source, x), &errs)
		switch {
		case (errs == nil) != want.OK:
			t.Errorf("%s: got %v, want %s", want.Condition, errs, want.Error)
		case want.OK:
			var got []string
			for _, w := range b.Warnings(want.Source, x) {
				got = append(got, w.Message)
			}
			if !sameWarnings(got, want.Warnings) {
				t.Errorf("%s: got %q, want %q", want.Condition, got, want.Warnings)
			}
		default:
			unknown := strings.Contains(want.Error, "nonexistent field") || strings.Contains(want.Error, "unknown event type")
			if isUnknown(errs[0]) != unknown || eval.NodesOf(errs[0]).Falco.Range().Start.Offset != want.Pos {
				t.Errorf("%s: got %v (%T) at %d, want %s at %d", want.Condition, errs[0], errs[0].Err, eval.NodesOf(errs[0]).Falco.Range().Start.Offset, want.Error, want.Pos)
			}
		}
	})
}

// sameWarnings reports whether our warnings and Falco's are about the same things.
func sameWarnings(got, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		for our, falco := range map[string]string{"needs no regex": "optimized", "name of a field": "valid field misused", "transformer": "valid field transformer"} {
			if strings.Contains(got[i], our) != strings.Contains(want[i], falco) {
				return false
			}
		}
	}
	return true
}
