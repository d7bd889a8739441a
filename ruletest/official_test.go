package ruletest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/falcorules/falcorules/ruletest"
)

// officialSuite returns the suite of the rules that Falco comes with, which are read
// from the conformance data: the folder of the file becomes that of the suite.
func officialSuite(t testing.TB) *ruletest.Suite {
	t.Helper()
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		dir = "../../shared/conformance"
	}
	dir = filepath.Join(dir, "official")
	if _, err := os.Stat(filepath.Join(dir, "falco_rules.yaml")); err != nil {
		t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
	}
	list, err := ruletest.ReadFile("testdata/official/falco_rules_suite.yaml")
	if err != nil {
		t.Fatalf("%s", err.(ruletest.Errors).Text())
	}
	list[0].Dir = dir
	return list[0]
}

// TestOfficial runs the suite of the rules that Falco comes with. Each rule fires on an
// event and misses one, and nearly all checks are seen true and false: the others are
// such that the rest of their condition, or another event type, makes that impossible.
func TestOfficial(t *testing.T) {
	results := ruletest.RunSuites([]*ruletest.Suite{officialSuite(t)}, ruletest.Options{Coverage: true})
	s := results.Suites[0]
	if len(s.Errors) > 0 {
		t.Fatalf("%s", s.Errors.Text())
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
	share := ruletest.ShareOf(results.Coverage.Checks)
	if len(results.Coverage.Rules) != 25 || share.Percent() < 96 {
		t.Errorf("%d rules, %+v", len(results.Coverage.Rules), share)
	}
}
