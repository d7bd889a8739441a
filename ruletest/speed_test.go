package ruletest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest"
)

// thousand returns a suite of a thousand tests.
func thousand(t testing.TB) []*ruletest.Suite {
	t.Helper()
	var b strings.Builder
	b.WriteString("rules: rules.yaml\nbase:\n  shell: {evt: {type: execve}, proc: {name: bash, tty: 1}, container: {id: 3ad7b26ded6d}}\ntests:\n")
	for i := range 500 {
		fmt.Fprintf(&b, `
  - name: fires %d
    extends: shell
    event: {user: {name: user%d}}
    expect: [{rule: Terminal shell in container, priority: notice, output: {contains: user%d}, fields: {proc.name: bash}}]
  - name: does not fire %d
    extends: shell
    event: {container: null}
    expect: []
`, i, i, i, i)
	}
	list, err := ruletest.Read(strings.NewReader(b.String()), "testdata/thousand.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestThousand checks that the rules are not loaded for each of a thousand tests.
func TestThousand(t *testing.T) {
	load := testing.AllocsPerRun(1, func() {
		if _, err := loader.Load(loader.Reader{}.Read("testdata/rules.yaml"), loader.Options{Sources: all.Sources()}); err != nil {
			t.Fatal(err)
		}
	})
	for _, options := range []ruletest.Options{{Jobs: 1}, {Jobs: 1, Coverage: true, Mutate: true}} {
		suites := thousand(t)
		run := testing.AllocsPerRun(1, func() {
			if c := ruletest.RunSuites(t.Context(), suites, options).Counts(); c != (ruletest.Counts{Passed: 1000}) {
				t.Errorf("%+v", c)
			}
		})
		if run > 100*load {
			t.Errorf("%+v: %.0f allocations, and loading the rules takes %.0f", options, run, load)
		}
	}
}

// BenchmarkThousand reads and runs a thousand tests.
func BenchmarkThousand(b *testing.B) {
	for b.Loop() {
		ruletest.RunSuites(b.Context(), thousand(b), ruletest.Options{Jobs: 1})
	}
}
