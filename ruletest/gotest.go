package ruletest

import (
	"testing"

	"github.com/falcorules/falcorules/diag"
)

// Run runs the suites that the arguments name; see [Find]. Each file becomes a subtest,
// and each test in it a subtest of that. An invalid suite fails.
func Run(t *testing.T, args ...string) {
	t.Helper()
	files, skipped, err := Find(args...)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range skipped {
		t.Log(s)
	}
	r := newRunner(Options{})
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			suites, err := ReadFile(file)
			if err != nil {
				t.Fatalf("invalid suite\n%s", diag.Text(diag.Of(err), diag.TextOptions{}))
			}
			for _, s := range suites {
				r.subtests(t, s)
			}
		})
	}
}

// Check runs a suite that is a Go value, with a subtest for each test. It uses only
// Sources of the options: go test itself selects tests and runs them in parallel, and
// [RunSuites] measures coverage.
func Check(t *testing.T, s *Suite, options Options) {
	t.Helper()
	newRunner(Options{Sources: options.Sources}).subtests(t, s)
}

func (r *runner) subtests(t *testing.T, s *Suite) {
	t.Helper()
	run := r.begin(s)
	if len(run.errs) > 0 {
		t.Fatalf("invalid suite\n%s", diag.Text(diag.List(run.errs), diag.TextOptions{}))
	}
	leftOut := 0
	for i := range s.Tests {
		test := &s.Tests[i]
		if run.leftOut(test) {
			leftOut++
		}
		t.Run(test.Name, func(t *testing.T) {
			result := run.test(t.Context(), test)
			switch {
			case len(run.errs) > 0:
				text := diag.Text(diag.List(run.errs), diag.TextOptions{})
				run.errs = nil
				t.Fatalf("invalid test\n%s", text)
			case result.Status == Skipped:
				t.Skip(result.Reason)
			case result.Status == Failed:
				t.Errorf("%s", result.Text())
			}
		})
	}
	if note := noteOf(leftOut, len(s.Tests)); note != "" {
		t.Log(note)
	}
}
