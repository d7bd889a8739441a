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

// officialSuite returns the suite of the rules that Falco comes with, which are read
// from the conformance data: the folder of the file becomes that of the suite.
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

// TestOfficial runs the suite of the rules that Falco comes with. Each rule fires on an
// event and misses one, and nearly all checks are seen true and false: the others are
// such that the rest of their condition, or another event type, makes that impossible.
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
		if !r.Enabled || !r.Fired || !r.Missed {
			t.Errorf("rule %q: enabled %v, fired %v, missed %v", r.Name, r.Enabled, r.Fired, r.Missed)
		}
	}
	share, score := coverage.ShareOf(results.Coverage.Checks), results.Mutation.Score()
	t.Logf("coverage %.1f %%, mutation %.1f %% of %d changes", share.Percent(), score.Percent(), score.Of)
	if len(results.Coverage.Rules) != 25 || share.Percent() < 96 || score.Percent() < 68 {
		t.Errorf("%d rules, %+v, %+v", len(results.Coverage.Rules), share, score)
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

// BenchmarkOfficial runs the suite with everything that is measured of it.
func BenchmarkOfficial(b *testing.B) {
	s := officialSuite(b)
	for b.Loop() {
		ruletest.RunSuites(b.Context(), []*ruletest.Suite{s}, ruletest.Options{Coverage: true, Mutate: true})
	}
}
