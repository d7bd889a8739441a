package ruletest_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

// suites returns the suites in a folder of testdata, of which there must be at least some.
func suites(t *testing.T, folder string, least int) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil || len(paths) < least {
		t.Fatalf("%d suites in %s, %v", len(paths), folder, err)
	}
	return paths
}

func text(t *testing.T, results *ruletest.Results, options report.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, results, options); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestInvalid runs invalid suites: no test counts, and every mistake has a position.
func TestInvalid(t *testing.T) {
	for _, path := range suites(t, "invalid", 12) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			results := ruletest.RunFiles(t.Context(), []string{path}, ruletest.Options{})
			if c := results.Counts(); c.Invalid == 0 || c.Passed+c.Failed+c.Skipped > 0 {
				t.Errorf("%s: %+v", path, c)
			}
			for _, s := range results.Suites {
				for _, e := range s.Errors {
					if e.Range.File == "" || e.Range.Start.Line == 0 && !strings.HasSuffix(path, "nothing.yaml") {
						t.Errorf("%s: no position: %v", path, e)
					}
				}
			}
			golden.Check(t, strings.TrimSuffix(path, ".yaml")+".golden", text(t, results, report.TextOptions{}))
		})
	}
}

// TestFailing runs suites whose tests all fail.
func TestFailing(t *testing.T) {
	for _, path := range suites(t, "failing", 10) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			results := ruletest.RunFiles(t.Context(), []string{path}, ruletest.Options{})
			if c := results.Counts(); c.Invalid+c.Passed+c.Skipped > 0 || c.Failed == 0 {
				t.Errorf("%s: %+v", path, c)
			}
			golden.Check(t, strings.TrimSuffix(path, ".yaml")+".golden", text(t, results, report.TextOptions{}))
		})
	}
}

// TestPassing runs suites whose tests all pass or are skipped.
func TestPassing(t *testing.T) {
	for _, path := range suites(t, "passing", 2) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			results := ruletest.RunFiles(t.Context(), []string{path}, ruletest.Options{})
			if c := results.Counts(); c.Invalid+c.Failed > 0 || c.Passed == 0 {
				t.Errorf("%s: %+v", path, c)
			}
			golden.Check(t, strings.TrimSuffix(path, ".yaml")+".golden", text(t, results, report.TextOptions{Verbose: true}))
		})
	}
}
