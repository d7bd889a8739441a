package eval_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
)

// conformance returns the lines of a file of Falco's answers.
func conformance(t *testing.T, name string) [][]byte {
	t.Helper()
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		dir = "../../shared/conformance"
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
	}
	return bytes.Split(bytes.TrimSpace(data), []byte("\n"))
}

// TestConformanceCompile holds the verdict on conditions, the sort of the first
// error and the warnings against what Falco answered.
func TestConformanceCompile(t *testing.T) {
	b := eval.NewBuilder(append(plugins.Sources(), syscall.NewSource(), k8saudit.NewSource())...)
	for _, line := range conformance(t, "compile.jsonl") {
		var row struct {
			Source, Condition, Error string
			OK                       bool
			Pos                      int
			Warnings                 []string
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		x, err := parser.Condition(row.Condition)
		if err != nil {
			t.Errorf("%s: %v", row.Condition, err)
			continue
		}
		var errs eval.CompileErrors
		errors.As(b.Check(row.Source, x), &errs)
		switch {
		case (errs == nil) != row.OK:
			t.Errorf("%s: got %v, want %s", row.Condition, errs, row.Error)
		case row.OK:
			var got []string
			for _, w := range b.Warnings(row.Source, x) {
				got = append(got, w.Msg)
			}
			if !sameWarnings(got, row.Warnings) {
				t.Errorf("%s: got %q, want %q", row.Condition, got, row.Warnings)
			}
		default:
			unknown := strings.Contains(row.Error, "nonexistent field") || strings.Contains(row.Error, "unknown event type")
			if errs[0].Unknown() != unknown || errs[0].Node.Range().Start.Offset != row.Pos {
				t.Errorf("%s: got %v (%T) at %d, want %s at %d", row.Condition, errs[0], errs[0].Err, errs[0].Node.Range().Start.Offset, row.Error, row.Pos)
			}
		}
	}
}

// sameWarnings compares what warnings are about, in our words and in Falco's.
func sameWarnings(got, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		for our, falco := range map[string]string{"without regex": "optimized", "name of a field": "valid field misused", "transformer": "valid field transformer"} {
			if strings.Contains(got[i], our) != strings.Contains(want[i], falco) {
				return false
			}
		}
	}
	return true
}
