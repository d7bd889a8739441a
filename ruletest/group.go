package ruletest

import (
	"github.com/falcorules/falcorules/ast"
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
	rules      map[*loader.Rule]ast.Expr // their conditions
	macros     map[string]ast.Expr       // their conditions
	circuits   map[string]*circuit       // by source
	// events is how many there are, room how many there may be.
	events, room int

	// mutants are the changes that are tried; without them there are no records.
	mutants []*mutant
	// records are the tests that passed, current the one that is run.
	records []*record
	current *record
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
	g := &group{
		run: r, set: set, conditions: set.set.Conditions(), circuits: map[string]*circuit{},
		rules: map[*loader.Rule]ast.Expr{}, macros: map[string]ast.Expr{},
	}
	for _, c := range g.conditions {
		if c.Rule != nil {
			g.rules[c.Rule] = c.Expr
		} else {
			g.macros[c.Macro.Name] = c.Expr
		}
	}
	parts := 1
	for _, source := range r.sources.rules {
		if !set.set.Engine.Has(source.Name()) {
			continue
		}
		c := newCircuit(source, g.conditions)
		g.circuits[source.Name()] = c
	}
	if r.mutate {
		g.mutants = g.newMutants()
	}
	for _, c := range g.circuits {
		parts += len(c.parents) + len(c.conditions)
	}
	g.room = max(minEvents, min(maxEvents, maxBits/parts))
	return g
}

// begin begins a test. What is known of tests before it is judged where it takes up
// half of the room.
func (g *group) begin(t *Test) {
	if g == nil {
		return
	}
	if g.events > g.room/2 {
		g.settle()
	}
	g.current = nil
	if len(g.mutants) == 0 {
		return
	}
	g.current = &record{test: t, from: g.events, alike: make([]bitset, len(t.Expect))}
	for i := range t.Expect {
		if t.Expect[i].details() {
			g.current.alike[i] = bitset{}
		}
	}
}

// record records what the checks are on the next event of the test. A test that has more
// events than there is room for is none for mutants.
func (g *group) record(ev *fieldsets.Event, fields map[string]printed) {
	if g == nil {
		return
	}
	if g.events == g.room {
		g.settle()
		g.current = nil
	}
	if c := g.circuits[ev.Source]; c != nil {
		c.record(ev, g.events)
	}
	if g.current != nil {
		g.run.alike(g.set, ev, g.events, g.current.test, g.current.alike, fields)
	}
	g.events++
}

// end ends a test.
func (g *group) end(passed bool) {
	if g != nil && g.current != nil && passed {
		g.current.to = g.events
		g.records = append(g.records, g.current)
	}
}

// settle judges the events recorded so far, and forgets them.
func (g *group) settle() {
	if g.events == 0 {
		return
	}
	g.run.measures.begin(g)
	words := (g.events + 63) / 64
	for _, c := range g.circuits {
		c.ready(words)
		g.cover(c)
	}
	if len(g.mutants) > 0 {
		g.try(words)
	}
	for _, c := range g.circuits {
		c.forget()
	}
	g.events, g.records = 0, nil
}

// settle judges all that was recorded.
func (r *suiteRun) settle() {
	for _, set := range r.loaded {
		if set.group != nil {
			set.group.settle()
		}
	}
}

// mode says which of the rules that an event matches fire.
func (g *group) mode() eval.Mode { return g.run.suite.Matching }
