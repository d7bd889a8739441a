package draft_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/draft"
)

// write writes a suite for rules files, which lie in the folder of the suite.
func write(t *testing.T, paths ...string) *draft.Draft {
	t.Helper()
	rules := draft.Rules{Files: loader.Reader{}.Read(paths...), Sources: fixtures.Sources(all.Sources())}
	for _, p := range paths {
		rules.Names = append(rules.Names, filepath.Base(p))
	}
	d, err := draft.Write(t.Context(), rules)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// run runs a suite as if it lay in a folder, and returns how many tests passed and were
// skipped; others fail the test.
func run(t *testing.T, dir string, text []byte) ruletest.Counts {
	t.Helper()
	suites, err := ruletest.Read(bytes.NewReader(text), filepath.Join(dir, "rules_test.yaml"))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	results := ruletest.RunSuites(t.Context(), suites, ruletest.Options{})
	for _, s := range results.Suites {
		for _, e := range s.Errors {
			t.Error(e)
		}
		for _, r := range s.Tests {
			if r.Status == ruletest.Failed {
				t.Errorf("%s: %s", r.Name, r.Text())
			}
		}
	}
	return results.Counts()
}

// TestOfficial writes suites for the rules that Falco and its plugins come with, and
// runs them. The rules for which there is no event are those that none fires: what they
// ask for is never so, such as an event number 0.
func TestOfficial(t *testing.T) {
	dir := filepath.Join(conformance.WholeDir(t), "official")
	for _, f := range []struct {
		file                 string
		rules, fired, missed int
	}{
		{"falco_rules.yaml", 25, 25, 25},
		{"falco-incubating_rules.yaml", 31, 30, 30},
		{"falco-sandbox_rules.yaml", 37, 36, 36},
		{"k8s_audit_rules.yaml", 48, 43, 43},
		{"aws_cloudtrail_rules.yaml", 22, 22, 21},
		{"gcp_auditlog_rules.yaml", 39, 39, 39},
		{"github.yaml", 15, 15, 15},
		{"okta_rules.yaml", 21, 21, 21},
	} {
		t.Run(f.file, func(t *testing.T) {
			d := write(t, filepath.Join(dir, f.file))
			if d.Rules != f.rules || d.Fired < f.fired || d.Missed < f.missed {
				t.Errorf("of %d rules %d fire, with %d near misses; at least %d of %d, with %d, should", d.Rules, d.Fired, d.Missed, f.fired, f.rules, f.missed)
			}
			counts := run(t, dir, d.Text)
			if counts.Passed != d.Fired+d.Missed || counts.Skipped != d.Rules-d.Fired {
				t.Errorf("%d tests passed, %d were skipped; the suite has %d and %d", counts.Passed, counts.Skipped, d.Fired+d.Missed, d.Rules-d.Fired)
			}
			if again := write(t, filepath.Join(dir, f.file)); !bytes.Equal(again.Text, d.Text) {
				t.Error("another suite is written the second time")
			}
		})
	}
}
