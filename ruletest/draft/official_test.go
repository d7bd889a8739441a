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

// write writes a suite for rules files that are in the same folder as the suite.
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

// run runs a suite as if it were in the given folder. No test of it may fail.
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

// TestOfficial writes and runs suites for the rules of Falco and its plugins. No event is
// found only for rules that cannot fire, for example because they need event number 0.
func TestOfficial(t *testing.T) {
	dir := filepath.Join(conformance.WholeDir(t), "official")
	for _, f := range []struct {
		file                    string
		rules, firing, nearMiss int
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
			if d.Rules != f.rules || d.FiringEvents < f.firing || d.NearMisses < f.nearMiss {
				t.Errorf("%d rules, %d firing events, %d near misses; want %d, %d, %d", d.Rules, d.FiringEvents, d.NearMisses, f.rules, f.firing, f.nearMiss)
			}
			counts := run(t, dir, d.Text)
			if counts.Passed != d.FiringEvents+d.NearMisses || counts.Skipped != d.Rules-d.FiringEvents {
				t.Errorf("%d tests passed, %d were skipped; the suite has %d and %d", counts.Passed, counts.Skipped, d.FiringEvents+d.NearMisses, d.Rules-d.FiringEvents)
			}
			if again := write(t, filepath.Join(dir, f.file)); !bytes.Equal(again.Text, d.Text) {
				t.Error("the second suite differs from the first")
			}
		})
	}
}
