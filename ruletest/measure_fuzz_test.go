package ruletest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

// FuzzMeasure measures tests of arbitrary rules: nothing panics, all positions are in the
// file, and all reports can be written.
func FuzzMeasure(f *testing.F) {
	for _, pattern := range []string{"testdata/rules.yaml", "testdata/coverage/rules.yaml", "../examples/*/rules.yaml", "../examples/*/rules/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatal(pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	rule := "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: "
	f.Add("- list: l\n  items: [a, \"b c\", 'd', ]\n" + rule + ">-\n   proc.name in (l, l,\n    x) or\n\n   proc.name = \"é\\x41\" and not not (l = l)\n")
	f.Add(rule + "&a proc.name = a\n" + strings.ReplaceAll(rule, "rule: r", "rule: s") + "*a\n  exceptions: [{name: e, fields: [proc.name, proc.name], values: [[&x a, *x], [*x, *x]]}, {name: g, fields: proc.name, values: [*x]}]\n")
	path := filepath.Join(f.TempDir(), "rules.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			t.Skip("long")
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		events := []ruletest.Event{
			shell, shell.With(ruletest.ParseEvent(`{"fields": {"proc.name": "x", "evt.type": "open"}}`)),
			ruletest.ParseEvent(`{"kind": "Event", "verb": "get", "objectRef": {"resource": "secrets"}}`),
		}
		results := ruletest.RunSuites(t.Context(), []*ruletest.Suite{{
			Name: "s", Rules: []string{path}, Matching: eval.AllMatches,
			Tests: []ruletest.Test{{Name: "t", Events: events, Expect: []ruletest.Expectation{}}, {Name: "u", Events: events, Reject: []string{"r"}}},
		}}, ruletest.Options{Coverage: true, Mutate: true})
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for _, c := range results.Coverage.Checks {
			if at := c.Position; at.Start.Line < 1 || at.Start.Line > lines || at.Start.Column < 1 {
				t.Errorf("%s at %v", c.Text, at)
			}
		}
		for _, c := range results.Mutation.Mutants {
			if at := c.Position; at.Start.Line < 1 || at.Start.Line > lines || c.Text == "" || c.Status == "" {
				t.Errorf("%+v", c)
			}
		}
		var b bytes.Buffer
		for _, err := range []error{
			report.CoverageHTML(&b, results.Coverage), report.CoverageText(&b, results.Coverage, report.TextOptions{Verbose: true}),
			report.MutationText(&b, results.Mutation, report.TextOptions{}), report.JSON(&b, results),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
