package draft_test

import (
	"path/filepath"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/draft"
)

// TestStress writes and runs suites for all rules of the conformance data that load.
func TestStress(t *testing.T) {
	dir := conformance.Dir(t)
	var paths []string
	for _, pattern := range []string{"load-upstream/*.yaml", "load-generated/*.yaml"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	sources := fixtures.Sources(all.Sources())
	var all ruletest.Counts
	rules := 0
	for _, path := range paths {
		files := loader.Reader{}.Read(path)
		d, err := draft.Write(t.Context(), draft.Rules{Names: []string{filepath.Base(path)}, Files: files, Sources: sources})
		if err != nil || d.Rules == 0 {
			continue
		}
		rules += d.Rules
		counts := run(t, filepath.Dir(path), d.Text)
		all.Passed += counts.Passed
		all.Skipped += counts.Skipped
	}
	t.Logf("%d rules: %d tests passed, %d skipped", rules, all.Passed, all.Skipped)
	if all.Passed < rules {
		t.Errorf("of %d rules, %d tests passed", rules, all.Passed)
	}
}
