package psp_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/psp"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

// runSuite runs the suite of a conversion.
func runSuite(t *testing.T, c *psp.Conversion) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(written(t, c, psp.K8sAudit)), 0o666); err != nil {
		t.Fatal(err)
	}
	var suite bytes.Buffer
	if err := c.WriteSuite(&suite, "rules.yaml"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "rules_test.yaml")
	if err := os.WriteFile(path, suite.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	results := ruletest.RunFiles(t.Context(), []string{path}, ruletest.Options{})
	if counts := results.Counts(); counts.Passed < 2 || counts.Failed > 0 || results.Suites[0].Errors != nil {
		var text bytes.Buffer
		if err := report.Text(&text, results, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s\n%s", &text, suite.Bytes())
	}
}

// TestSuites runs the suites for random policies and for versions of the standards.
func TestSuites(t *testing.T) {
	t.Parallel()
	for seed := range samples.Of(50) {
		r := random{rand.New(rand.NewPCG(uint64(seed), 2))}
		p := r.policy()
		t.Run(fmt.Sprint("policy ", seed), func(t *testing.T) { runSuite(t, convert(t, asJSON(t, p), psp.Options{})) })
	}
	t.Run("two policies", func(t *testing.T) {
		r := random{rand.New(rand.NewPCG(1, 2))}
		strict, other := policyText("strict", ""), r.policy()
		c := convert(t, strict+"\n---\n"+asJSON(t, other), psp.Options{})
		runSuite(t, c)
		var suite bytes.Buffer
		if err := c.WriteSuite(&suite, "rules.yaml"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"PSP strict Violation (hostPID) K8s Audit", "PSP p Violation"} {
			for _, key := range []string{"expect", "reject"} {
				if !regexp.MustCompile(`(?m)^    ` + key + `:\n(      - .*\n)*      - '?` + regexp.QuoteMeta(name)).Match(suite.Bytes()) {
					t.Errorf("no test has %s under %s", name, key)
				}
			}
		}
	})
	for minor := psp.LatestMinor; minor >= 0; minor -= samples.Every() {
		version := fmt.Sprint("v1.", minor)
		t.Run(version, func(t *testing.T) {
			c, err := psp.Standard(psp.Restricted, version, psp.Options{Namespaces: []string{"shop"}})
			if err != nil {
				t.Fatal(err)
			}
			load(t, c)
			runSuite(t, c)
		})
	}
}
