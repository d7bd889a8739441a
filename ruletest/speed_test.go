package ruletest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// TestThousand runs a thousand tests, measured or not. The time is many times what they
// take, so that only loading the rules for each of them, or for each change, would be
// too slow.
func TestThousand(t *testing.T) {
	for _, options := range []ruletest.Options{{Jobs: 1}, {Jobs: 1, Coverage: true, Mutate: true}} {
		start := time.Now()
		results := ruletest.RunSuites(thousand(t), options)
		if c := results.Counts(); c != (ruletest.Counts{Passed: 1000}) {
			t.Errorf("%+v", c)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%+v took %v", options, took)
		}
	}
}

// BenchmarkThousand reads and runs a thousand tests.
func BenchmarkThousand(b *testing.B) {
	for b.Loop() {
		ruletest.RunSuites(thousand(b), ruletest.Options{Jobs: 1})
	}
}
