package coverage

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/loader"
)

const groupRules = `- rule: r
  desc: d
  condition: evt.type in (open, read) and (proc.name = a or proc.pname = b) and not user.name = root
  output: o
  priority: INFO
`

// collect runs some tests. If room is not 0, it limits the events of the group.
func collect(t *testing.T, room int) *Collector {
	t.Helper()
	source := fixtures.NewSource()
	sources := []*fieldsets.Source{source.Source}
	set, err := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(groupRules)}}, loader.Options{Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	c := NewCollector(Options{Mutate: true})
	g := c.NewGroup(set, sources, eval.FirstMatch)
	if room > 0 {
		g.room = room
	}
	decoder, matcher := fixture.NewDecoder(&fieldsets.Stream{}, source), set.Engine.NewMatcher(eval.FirstMatch)
	for _, events := range [][]string{
		{`"evt.type": "open", "proc.name": "a"`}, {`"evt.type": "read", "proc.pname": "b"`}, {`"evt.type": "close", "proc.name": "a"`},
		{`"evt.type": "open"`, `"evt.type": "read"`}, {`"evt.type": "open", "proc.name": "a", "user.name": "root"`},
	} {
		var alerts []int
		var decoded []*fieldsets.Event
		for i, fields := range events {
			ev, err := decoder.DecodeYAML(fmt.Appendf(nil, `{"fields": {%s}}`, fields))
			if err != nil {
				t.Fatal(err)
			}
			if len(matcher.Match(ev)) > 0 {
				alerts = append(alerts, i)
			}
			decoded = append(decoded, ev)
		}
		test := Test{Closed: true}
		if len(alerts) > 0 {
			test.Expect = []Expectation{{Rule: "r", Times: len(alerts)}}
		}
		g.Begin(context.Background(), test)
		for _, ev := range decoded {
			g.Record(context.Background(), ev, nil)
		}
		g.End(true)
	}
	c.Evaluate(context.Background())
	return c
}

// TestRoom checks that evaluating the events in several parts gives the same results.
func TestRoom(t *testing.T) {
	together, parts := collect(t, 0), collect(t, 4)
	if diff := cmp.Diff(together.Coverage(), parts.Coverage()); diff != "" {
		t.Errorf("the coverage (-together +in parts):\n%s", diff)
	}
	if diff := cmp.Diff(together.Mutation(), parts.Mutation()); diff != "" {
		t.Errorf("the mutants (-together +in parts):\n%s", diff)
	}
	if n := together.Mutation().Count(Killed); n < 5 {
		t.Errorf("%d mutants were killed", n)
	}
}

// TestTooManyEvents checks that a test with too many events counts for coverage, but kills
// no mutants.
func TestTooManyEvents(t *testing.T) {
	together, single := collect(t, 0), collect(t, 1)
	if diff := cmp.Diff(together.Coverage(), single.Coverage()); diff != "" {
		t.Errorf("the coverage (-together +one at a time):\n%s", diff)
	}
	if a, b := together.Mutation().Count(Killed), single.Mutation().Count(Killed); b == 0 || b > a {
		t.Errorf("%d mutants killed together, %d one at a time", a, b)
	}
}
