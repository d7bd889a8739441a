package eval

import (
	"fmt"
	"testing"
	"time"

	"github.com/falcorules/falcorules/internal/subtest"
)

// TestPlan checks what is left to look at once the kind of an event is known.
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
		"open":  {1, "[true true check not -]"}, // k.free = x is the guard of 1 and 2
		"close": {1, "[- true and of 2 true and of 2]"},
		"write": {0, "[- - and of 3 true -]"},
	} {
		t.Run(subtest.Name(value), func(t *testing.T) {
			class := kind.other
			if c, ok := kind.classes[value]; ok {
				class = c
			}
			plan := class.plan
			var left []string
			for rule, root := range plan.roots {
				switch {
				case !class.rules.has(rule):
					left = append(left, "-")
				default:
					left = append(left, map[nodeKind]string{
						trueNode: "true", andNode: fmt.Sprintf("and of %d", len(root.kids)), orNode: "or", notNode: "not", textNode: "check",
					}[root.kind])
				}
			}
			if got := fmt.Sprint(left); got != want.left || len(plan.guards) != want.guards {
				t.Errorf("%s: %s and %d guards, want %s and %d", value, got, len(plan.guards), want.left, want.guards)
			}
		})
	}
}

// TestClock holds the times of alerts against those of package time.
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
