package ruletest_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/coverage"
	"github.com/falcorules/falcorules/ruletest/report"
)

// officialSuite returns the suite for Falco's own rules, which are in the conformance
// data.
func officialSuite(t testing.TB) *ruletest.Suite {
	t.Helper()
	dir := filepath.Join(conformance.WholeDir(t), "official")
	list, err := ruletest.ReadFile("../testdata/falco_rules_suite.yaml")
	if err != nil {
		t.Fatalf("%s", diag.Text(diag.Of(err), diag.TextOptions{}))
	}
	list[0].Dir = dir
	return list[0]
}

// TestOfficial runs the suite for Falco's own rules. Each rule fires on some event and does
// not on another, and nearly all outcomes are covered; the others cannot be.
func TestOfficial(t *testing.T) {
	results := ruletest.RunSuites(t.Context(), []*ruletest.Suite{officialSuite(t)}, ruletest.Options{Coverage: true, Mutate: true})
	s := results.Suites[0]
	if len(s.Errors) > 0 {
		t.Fatalf("%s", diag.Text(s.Errors, diag.TextOptions{}))
	}
	for _, test := range s.Tests {
		if test.Status != ruletest.Passed {
			t.Errorf("%s: %s", test.Name, test.Text())
		}
	}
	for _, r := range results.Coverage.Rules {
		if !r.Enabled || !r.Fired || !r.NotFired {
			t.Errorf("rule %q: enabled %v, fired %v, not fired %v", r.Name, r.Enabled, r.Fired, r.NotFired)
		}
	}
	ratio, score := coverage.OutcomesOf(results.Coverage.Checks), results.Mutation.Score()
	t.Logf("coverage %.1f %%, mutation %.1f %% of %d mutants", ratio.Percent(), score.Percent(), score.Total)
	if len(results.Coverage.Rules) != 25 || ratio.Percent() < 96 || score.Percent() < 68 {
		t.Errorf("%d rules, %+v, %+v", len(results.Coverage.Rules), ratio, score)
	}
	var page bytes.Buffer
	if err := report.CoverageHTML(&page, results.Coverage); err != nil {
		t.Fatal(err)
	}
	if page.Len() > 1_000_000 {
		t.Errorf("the page has %d bytes", page.Len())
	}
	for _, foreign := range []string{"<script", "<link", "src=", "url(", "@import"} {
		if strings.Contains(page.String(), foreign) {
			t.Errorf("the page has %s", foreign)
		}
	}
}

// BenchmarkOfficial runs the suite with coverage and mutation.
func BenchmarkOfficial(b *testing.B) {
	s := officialSuite(b)
	for b.Loop() {
		ruletest.RunSuites(b.Context(), []*ruletest.Suite{s}, ruletest.Options{Coverage: true, Mutate: true})
	}
}
