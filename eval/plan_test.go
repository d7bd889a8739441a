package eval

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/falcorules/falcorules/internal/subtest"
)

// TestPlan checks how much code is left of each rule if the kind of an event is known.
func TestPlan(t *testing.T) {
	e := kindsProgram(t, []string{
		0: "k.kind = open",
		1: "k.kind in (open, close) and k.free = x",
		2: "(k.kind = open or k.object = never) and k.free = x and k.object = file",
		3: "not (k.kind = open and k.object = dir)",
		4: "k.kind = close and (k.free = y and k.object = dir)",
	}...)
	p := e.programs["kinds"]
	p.prepared.Do(p.prepare)
	kind := p.index.fields[0]
	for value, want := range map[string]struct {
		guards int
		left   string
	}{
		"open":  {1, "[0 0 1 1 -]"}, // k.free = x is the guard of 1 and 2
		"close": {1, "[- 0 2 0 2]"},
		"write": {0, "[- - 3 0 -]"},
	} {
		t.Run(subtest.Name(value), func(t *testing.T) {
			class := kind.other
			if c, ok := kind.classes[value]; ok {
				class = c
			}
			plan := class.plan
			var left []string
			for rule, code := range plan.roots {
				if class.rules.has(rule) {
					left = append(left, strconv.Itoa(reachable(code)))
				} else {
					left = append(left, "-")
				}
			}
			if got := fmt.Sprint(left); got != want.left || len(plan.guards) != want.guards {
				t.Errorf("%s: %s and %d guards, want %s and %d", value, got, len(plan.guards), want.left, want.guards)
			}
		})
	}
}

// reachable counts the checks and shared nodes in the code of a condition.
func reachable(code *instruction) int {
	seen := map[*instruction]bool{&accept: true, &reject: true}
	var visit func(*instruction)
	visit = func(in *instruction) {
		if !seen[in] {
			seen[in] = true
			visit(in.yes)
			visit(in.no)
		}
	}
	visit(code)
	return len(seen) - 2
}

// TestClock compares the times of alerts with those of package time.
func TestClock(t *testing.T) {
	zone := time.FixedZone("", 5*3600+1800)
	for _, nanos := range []int64{0, 1, -1, 999_999_999, 1_774_358_011_726_060_287, -1 << 63, 1<<63 - 1} {
		for _, loc := range []*time.Location{time.UTC, zone} {
			at := time.Unix(0, nanos).In(loc)
			if got, want := string(appendClock(nil, at)), at.Format("15:04:05.000000000"); got != want {
				t.Errorf("%d: %s, want %s", nanos, got, want)
			}
		}
	}
}
