package conformance_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/falcorules/falcorules/internal/conformance"
)

func TestDir(t *testing.T) {
	t.Run("the folder of the variable", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("FALCORULES_CONFORMANCE", dir)
		if got := conformance.WholeDir(t); got != dir {
			t.Errorf("got %s, want %s", got, dir)
		}
	})
	t.Run("relative to the module", func(t *testing.T) {
		t.Setenv("FALCORULES_CONFORMANCE", "testdata")
		if _, err := os.Stat(filepath.Join(conformance.WholeDir(t), "conformance")); err != nil {
			t.Error(err)
		}
	})
	t.Run("always some data", func(t *testing.T) {
		if _, err := os.Stat(filepath.Join(conformance.Dir(t), "parser-generated.jsonl")); err != nil {
			t.Error(err)
		}
	})
}

func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte("{\"n\": 1}\n\n{\"n\": 2}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var names []string
	conformance.Run(t, path, func(t *testing.T, row struct{ N int }) {
		names = append(names, t.Name())
		if row.N != len(names) {
			t.Errorf("row %d is %d", len(names), row.N)
		}
	})
	if want := []string{"TestRun/rows.jsonl/1", "TestRun/rows.jsonl/2"}; !slices.Equal(names, want) {
		t.Errorf("subtests %q, want %q", names, want)
	}
}

func TestRunSample(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, all string
		want      []int
	}{
		{"a part", "", []int{10}},
		{"all", "1", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("FALCORULES_ALL_SAMPLES", tt.all)
			var got []int
			conformance.RunSample(t, path, func(_ *testing.T, row int) { got = append(got, row) })
			if !slices.Equal(got, tt.want) {
				t.Errorf("rows %d, want %d", got, tt.want)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	ran, skipped := false, false
	t.Run("skipped", func(t *testing.T) {
		t.Cleanup(func() { skipped = t.Skipped() })
		conformance.Lines(t, filepath.Join(t.TempDir(), "missing.jsonl"))
		ran = true
	})
	if ran || !skipped {
		t.Error("a missing file does not skip the test")
	}
}
