package ruletest_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

// FuzzSuite reads and runs arbitrary suites over small rules: nothing panics, results are
// complete, and all reports can be written.
func FuzzSuite(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil || len(paths) == 0 {
		f.Fatal("no suites", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			t.Skip("long")
		}
		list, err := ruletest.Read(strings.NewReader(text), "testdata/fuzz/x.yaml")
		if err != nil {
			var errs diag.List
			if !errors.As(err, &errs) || len(errs) == 0 || diag.Text(errs, diag.TextOptions{}) == "" {
				t.Fatalf("an error without errors: %v", err)
			}
			return
		}
		for _, s := range list {
			s.Dir, s.Fields = "testdata/fuzz", nil
			s.Rules = []string{"../rules.yaml"} // and no other files
			for i := range s.Tests {
				s.Tests[i].Files = nil
			}
		}
		results := ruletest.RunSuites(t.Context(), list, ruletest.Options{Jobs: 1})
		if len(results.Suites) != len(list) {
			t.Fatalf("%d results of %d suites", len(results.Suites), len(list))
		}
		for i, s := range results.Suites {
			if len(s.Errors) == 0 && len(s.Tests) != len(list[i].Tests) {
				t.Fatalf("%d results of %d tests", len(s.Tests), len(list[i].Tests))
			}
			for _, test := range s.Tests {
				if (test.Status == ruletest.Failed) != (test.Text() != "") {
					t.Fatalf("%s: %s with %q", test.Name, test.Status, test.Text())
				}
			}
		}
		var b bytes.Buffer
		for _, err := range []error{report.Text(&b, results, report.TextOptions{}), report.JSON(&b, results), report.JUnit(&b, results)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
