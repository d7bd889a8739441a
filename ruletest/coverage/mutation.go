package coverage

import (
	"context"
	"slices"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/parallel"
	"github.com/falcorules/falcorules/loader"
)

// Mutation is the result of trying mutants.
type Mutation struct {
	// Mutants are in the order of files and positions.
	Mutants []*Mutant
}

// Mutant is one small change to a condition.
type Mutant struct {
	Kind Kind
	// Text describes the change: drop proc.name in (shells).
	Text string
	// Position is the range of the changed part. Rule or Macro names the condition with
	// this part; both are empty for an item of a list. Exception names the exception of
	// the rule with this part, if any.
	Position               diag.Range
	Rule, Macro, Exception string
	Status                 Status
}

// Status is the status of a mutant.
type Status string

// The statuses of mutants.
const (
	// Killed means that some passing test would fail with the change.
	Killed Status = "killed"
	// Survived means that all passing tests would still pass.
	Survived Status = "survived"
	// NotTried means that the deadline passed, or that the condition or list is too
	// large.
	NotTried Status = "not-tried"
)

// Count returns the number of mutants with the given status.
func (m *Mutation) Count(status Status) int {
	n := 0
	for _, c := range m.Mutants {
		if c.Status == status {
			n++
		}
	}
	return n
}

// Score returns the number of killed mutants out of those that were tried.
func (m *Mutation) Score() Ratio {
	killed := m.Count(Killed)
	return Ratio{killed, killed + m.Count(Survived)}
}

// record is a test that passed, and its range of events.
type record struct {
	test     Test
	from, to int
	// met has, for each expectation with details, the events on which an alert meets
	// it, or would if the rule fired.
	met []bitset
}

// trial is a group while its mutants are tried.
type trial struct {
	*Group
	originals map[string]*original // by source
	testOf    []int                // the record of each event, or -1
}

// try tries the mutants on the events of the group, on all processors.
func (g *Group) try(ctx context.Context, words int) {
	t := &trial{Group: g, originals: map[string]*original{}, testOf: slices.Repeat([]int{-1}, g.events)}
	for name, c := range g.tables {
		c.resize(words)
		v := c.evaluate()
		t.originals[name] = &original{c, v, c.twice(v), c.fire(g.mode, v.of)}
	}
	for i, r := range g.records {
		for k := r.met; len(k) > 0; k = k[1:] {
			if k[0] != nil {
				k[0] = k[0].sized(words)
			}
		}
		for event := r.from; event < r.to; event++ {
			t.testOf[event] = i
		}
	}
	m := g.collector
	var todo []*candidate
	for _, one := range g.candidates {
		if m.statusOf(one) != Killed {
			todo = append(todo, one)
		}
	}
	statuses := slices.Repeat([]Status{NotTried}, len(todo))
	parallel.Each(len(todo), func(i int) {
		if !g.collector.late(ctx) {
			statuses[i] = t.mutant(todo[i])
		}
	})
	for i, one := range todo {
		m.note(one, statuses[i])
	}
}

// late reports whether no further mutant should be tried.
func (m *Collector) late(ctx context.Context) bool {
	return ctx.Err() != nil || !m.options.Deadline.IsZero() && time.Now().After(m.options.Deadline)
}

// mutant tries a mutant.
func (t *trial) mutant(one *candidate) Status {
	if one.large {
		return NotTried
	}
	fired := map[string]bitset{} // for the rules that fire on other events than before
	for _, b := range t.originals {
		with := b.mutate(one.edits)
		if with == nil {
			continue
		}
		after := b.fire(t.mode, with.of)
		for i, rule := range b.rules {
			if !slices.Equal(after.fired[i], b.fired[i]) {
				fired[rule.Name] = after.fired[i]
			}
		}
	}
	tried := map[int]bool{-1: true}
	for name, after := range fired {
		diff := after.clone().xor(t.before(name))
		for event := diff.next(0); event >= 0; event = diff.next(event + 1) {
			test := t.testOf[event]
			if !tried[test] && !t.records[test].passes(fired) {
				return Killed
			}
			tried[test] = true
		}
	}
	return Survived
}

// before returns the events on which the unchanged rule fires.
func (t *trial) before(rule string) bitset {
	for _, b := range t.originals {
		if i := slices.IndexFunc(b.rules, func(r *loader.Rule) bool { return r.Name == rule }); i >= 0 {
			return b.fired[i]
		}
	}
	return nil
}

// passes reports whether the test would pass if the rules in fired fired on these events.
func (r *record) passes(fired map[string]bitset) bool {
	matched := map[string]bitset{}
	for i, e := range r.test.Expect {
		events, mutated := fired[e.Rule]
		if !mutated {
			continue
		}
		events = events.clone()
		if r.met[i] != nil {
			events.and(r.met[i])
		}
		n := events.count(r.from, r.to)
		if n == 0 || e.Times > 0 && n != e.Times {
			return false
		}
		if matched[e.Rule] == nil {
			matched[e.Rule] = make(bitset, len(events))
		}
		matched[e.Rule].or(events)
	}
	for _, name := range r.test.Reject {
		if fired[name].count(r.from, r.to) > 0 {
			return false
		}
	}
	if !r.test.Closed {
		return true
	}
	for name, events := range fired {
		left := events.clone()
		if matched[name] != nil {
			left.andNot(matched[name])
		}
		if left.count(r.from, r.to) > 0 {
			return false
		}
	}
	return true
}
