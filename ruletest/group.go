package ruletest

import (
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// group is the tests of a suite that have the same rules, and what the checks of the
// rules are on their events. The events are judged together, as many at a time as
// there is room for.
type group struct {
	run        *suiteRun
	set        *ruleset
	conditions []loader.Condition
	circuits   map[string]*circuit // by source
	// events is how many there are, room how many there may be.
	events, room int
}

// Limits of the events of a group: the bits that are kept of them, and how many are
// judged together.
const (
	maxBits   = 1 << 30
	maxEvents = 1 << 16
	minEvents = 1 << 6
)

// newGroup returns the group of a ruleset.
func newGroup(r *suiteRun, set *ruleset) *group {
	g := &group{run: r, set: set, conditions: set.set.Conditions(), circuits: map[string]*circuit{}}
	parts := 1
	for _, source := range r.sources.rules {
		if !set.set.Engine.Has(source.Name()) {
			continue
		}
		c := newCircuit(source, g.conditions)
		g.circuits[source.Name()] = c
		parts += len(c.parents) + c.checks.Len()
	}
	g.room = max(minEvents, min(maxEvents, maxBits/parts))
	return g
}

// begin begins a test. What is known of tests before it is judged where it takes up
// half of the room.
func (g *group) begin() {
	if g != nil && g.events > g.room/2 {
		g.settle()
	}
}

// record records what the checks are on the next event of the test.
func (g *group) record(ev *fieldsets.Event) {
	if g == nil {
		return
	}
	if g.events == g.room {
		g.settle()
	}
	if c := g.circuits[ev.Source]; c != nil {
		c.record(ev, g.events)
	}
	g.events++
}

// settle judges the events recorded so far, and forgets them.
func (g *group) settle() {
	if g.events == 0 {
		return
	}
	m := g.run.measures
	m.begin(g)
	for _, source := range g.run.sources.rules {
		c := g.circuits[source.Name()]
		if c == nil || len(c.mine) == 0 {
			continue
		}
		c.ready((g.events + 63) / 64)
		g.cover(c)
		c.forget()
	}
	g.events = 0
}

// settle judges all that was recorded.
func (r *suiteRun) settle() {
	for _, set := range r.sets {
		if set.group != nil {
			set.group.settle()
		}
	}
}

// mode says which of the rules that an event matches fire.
func (g *group) mode() eval.Mode { return g.run.suite.Matching }
