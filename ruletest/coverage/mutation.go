package coverage

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// Mutation is what tests notice of small changes to the conditions of rules.
type Mutation struct {
	// Mutants are in the order of files and places.
	Mutants []*Mutant
}

// Mutant is a small change to a condition, made alone.
type Mutant struct {
	Kind Kind
	// Text says what was mutated.
	Text string
	// Position is the place of what was mutated; Rule or Macro is what it stands in,
	// both empty for an item of a list, Exception the exception of the rule, or empty.
	Position               diag.Range
	Rule, Macro, Exception string
	Status                 Status
}

// Status says what became of a change.
type Status string

// The statuses of changes.
const (
	// Killed means that a test that passes would fail.
	Killed Status = "killed"
	// Survived means that none would.
	Survived Status = "survived"
	// NotTried means that there was no time left, or that the list is too large.
	NotTried Status = "not-tried"
)

// Count returns how many changes have a status.
func (m *Mutation) Count(status Status) int {
	n := 0
	for _, c := range m.Mutants {
		if c.Status == status {
			n++
		}
	}
	return n
}

// Score returns how many of the changes that were tried were noticed.
func (m *Mutation) Score() Share {
	noticed := m.Count(Killed)
	return Share{noticed, noticed + m.Count(Survived)}
}

// record is a test that passed, and its events.
type record struct {
	test     Test
	from, to int
	// met has, for each expectation with details, the events on which an alert of the
	// rule meets it, or would.
	met []bitset
}

// trial is the events of a group, for its mutants.
type trial struct {
	*Group
	bases map[string]*unchanged // by source
	// testOf is the test of each event, or -1.
	testOf []int
}

// try tries the mutants on the events of the group. They are tried in order, on all
// processors.
func (g *Group) try(ctx context.Context, words int) {
	t := &trial{Group: g, bases: map[string]*unchanged{}, testOf: slices.Repeat([]int{-1}, g.events)}
	for name, c := range g.tables {
		c.ready(words)
		v := c.evaluate()
		t.bases[name] = &unchanged{c, v, c.twice(v), c.fire(g.mode, v.of)}
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
		if m.change(one) != Killed {
			todo = append(todo, one)
		}
	}
	statuses := slices.Repeat([]Status{NotTried}, len(todo))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(todo) && !g.collector.late(ctx); i = int(next.Add(1) - 1) {
				statuses[i] = t.mutant(todo[i])
			}
		})
	}
	wg.Wait()
	for i, one := range todo {
		m.note(one, statuses[i])
	}
}

// late reports whether no further mutant is to be tried.
func (m *Collector) late(ctx context.Context) bool {
	return ctx.Err() != nil || !m.options.Deadline.IsZero() && time.Now().After(m.options.Deadline)
}

// mutant tries a mutant.
func (t *trial) mutant(one *candidate) Status {
	if one.large {
		return NotTried
	}
	fired := map[string]bitset{} // of the rules that change
	for _, b := range t.bases {
		with := b.change(one.edits)
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

// before returns the events that a rule fires on as it is.
func (t *trial) before(rule string) bitset {
	for _, b := range t.bases {
		if i := slices.IndexFunc(b.rules, func(r *loader.Rule) bool { return r.Name == rule }); i >= 0 {
			return b.fired[i]
		}
	}
	return nil
}

// passes reports whether the test passes where some rules fire on other events. It
// says what a run of the test would.
func (r *record) passes(fired map[string]bitset) bool {
	claimed := map[string]bitset{}
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
		if claimed[e.Rule] == nil {
			claimed[e.Rule] = make(bitset, len(events))
		}
		claimed[e.Rule].or(events)
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
		if claimed[name] != nil {
			left.andNot(claimed[name])
		}
		if left.count(r.from, r.to) > 0 {
			return false
		}
	}
	return true
}
