package report_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

// TestReports renders tests that pass, fail and are skipped, and a suite that is
// invalid, in all formats.
func TestReports(t *testing.T) {
	paths := []string{"testdata/results_test.yaml", "testdata/wrong_test.yaml"}
	results := ruletest.RunFiles(t.Context(), paths, ruletest.Options{Jobs: 1, Coverage: true, Mutate: true})
	for _, tt := range []struct {
		name, file string
		write      func(io.Writer) error
	}{
		{"text", "results.txt", func(w io.Writer) error { return report.Text(w, results, report.TextOptions{}) }},
		{"verbose", "results.verbose.txt", func(w io.Writer) error { return report.Text(w, results, report.TextOptions{Verbose: true}) }},
		{"color", "results.color.txt", func(w io.Writer) error {
			return report.Text(w, results, report.TextOptions{Verbose: true, Color: true})
		}},
		{"json", "results.json", func(w io.Writer) error { return report.JSON(w, results) }},
		{"junit", "results.xml", func(w io.Writer) error { return report.JUnit(w, results) }},
		{"coverage", "coverage.txt", func(w io.Writer) error {
			return report.CoverageText(w, results.Coverage, report.TextOptions{Verbose: true})
		}},
		{"coverage as json", "coverage.json", func(w io.Writer) error { return report.CoverageJSON(w, results.Coverage) }},
		{"mutation", "mutation.txt", func(w io.Writer) error {
			return report.MutationText(w, results.Mutation, report.TextOptions{Verbose: true})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			if err := tt.write(&out); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "testdata/"+tt.file, out.String())
			switch {
			case strings.HasSuffix(tt.file, ".json") && !json.Valid([]byte(out.String())):
				t.Error("this is not JSON")
			case strings.HasSuffix(tt.file, ".xml"):
				if err := xml.Unmarshal([]byte(out.String()), new(struct{})); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestCoverageHTML checks that the page is about the rules and loads nothing.
func TestCoverageHTML(t *testing.T) {
	results := ruletest.RunFiles(t.Context(), []string{"testdata/results_test.yaml"}, ruletest.Options{Coverage: true})
	var out strings.Builder
	if err := report.CoverageHTML(&out, results.Coverage); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Shell", "Secret", "</html>"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	for _, external := range []string{"<script src", "<link", "url("} {
		if strings.Contains(out.String(), external) {
			t.Errorf("the page has %q, which loads other files", external)
		}
	}
}

// TestCoverageHTMLDirection covers rules with a character that changes the direction of
// writing, with which a condition could look like another one.
func TestCoverageHTMLDirection(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"rules.yaml":  "- rule: R\u202e\n  desc: d\n  condition: proc.name = a\u202e\n  output: o\u202e\n  priority: INFO\n",
		"a_test.yaml": "rules: rules.yaml\ntests: [{name: t, event: {proc: {name: b}}, expect: []}]\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	results := ruletest.RunFiles(t.Context(), []string{"a_test.yaml"}, ruletest.Options{Coverage: true})
	var out strings.Builder
	if err := report.CoverageHTML(&out, results.Coverage); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "\u202e") || strings.Count(got, "\uFFFD") < 4 {
		t.Errorf("the page is\n%s", got)
	}
}
