package lint_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/proof"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// TestFixes applies the edits of the findings in testdata/ID/err*.yaml, one finding after the
// other. Each must remove its finding, and cause no other one and no error or warning. The
// result is in a golden file. The best fix must be the one that the analyzer declares.
func TestFixes(t *testing.T) {
	best := map[diag.Code]lint.Fix{}
	paths, _ := filepath.Glob(filepath.Join("testdata", "*", "err*.yaml"))
	for _, path := range paths {
		id := filepath.Base(filepath.Dir(path))
		t.Run(id+"/"+filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.HasPrefix(data, []byte("# does not load\n")) {
				t.Skip("only files that load are fixed")
			}
			var alone []*lint.Analyzer
			for _, a := range lint.Default() {
				if string(a.ID) == id {
					alone = []*lint.Analyzer{a}
				}
			}
			old := data
			set, found := lintText(t, alone, path, data)
			for _, d := range found {
				if len(d.Edits) > 0 {
					best[d.Code] = max(best[d.Code], lint.UnsafeFix)
				}
				if d.Safe {
					best[d.Code] = lint.SafeFix
				}
			}
			for {
				var d *diag.Diagnostic
				for _, x := range found {
					if len(x.Edits) > 0 {
						d = x
						break
					}
				}
				if d == nil {
					break
				}
				if data, err = set.Files()[len(set.Files())-1].Root().Apply(d.Edits); err != nil {
					t.Fatal(err)
				}
				fixed, left := lintText(t, alone, path, data)
				if len(left) >= len(found) {
					t.Fatalf("the fix of\n%s\nleaves\n%s", diag.Text(diag.List{d}, diag.TextOptions{}), diag.Text(left, diag.TextOptions{}))
				}
				if len(fixed.Warnings) > len(set.Warnings) {
					t.Errorf("the fix of\n%s\nhas the warnings\n%s", diag.Text(diag.List{d}, diag.TextOptions{}), diag.Text(fixed.Warnings, diag.TextOptions{}))
				}
				if alone[0].SameMatches {
					if err := proof.SameMatches(set, fixed); err != nil {
						t.Errorf("the fix of\n%s\nchanges more: %v", diag.Text(diag.List{d}, diag.TextOptions{}), err)
					}
				}
				set, found = fixed, left
			}
			if !bytes.Equal(old, data) {
				golden.Check(t, strings.TrimSuffix(path, ".yaml")+".fixed", string(data))
			}
		})
	}
	for _, a := range lint.Default() {
		if best[a.ID] != a.Fix {
			t.Errorf("%s: Fix is %v, but the fixes of the test files are %v", a.ID, a.Fix, best[a.ID])
		}
	}
}

// lintText loads a file with the context of a path, and returns it with what analyzers find in it.
func lintText(t *testing.T, analyzers []*lint.Analyzer, path string, data []byte) (*loader.Ruleset, diag.List) {
	t.Helper()
	set, err := loader.Load(append(contextOf(path), loader.File{Name: "rules.yaml", Data: data}), loader.Options{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	levels := map[string]lint.Level{}
	for _, a := range analyzers {
		if a.Level == lint.Off {
			levels[string(a.ID)] = lint.Info
		}
	}
	return set, lint.Run(t.Context(), set, lint.Options{Analyzers: analyzers, Levels: levels})
}
