package coverage

import (
	"context"
	"iter"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// Test is what a test expects of rules.
type Test struct {
	Expect []Expectation
	// Reject are rules that must not fire.
	Reject []string
	// Closed says that no rule may fire that is not expected.
	Closed bool
}

// Expectation is a rule that a test expects to fire.
type Expectation struct {
	Rule string
	// Times is how often it fires; 0 is at least once.
	Times int
	// Details says that the alert must meet more than that: see [Group.Record].
	Details bool
}

// Group is the tests that have the same rules, and what the checks of the rules are on
// their events. The events are judged together, as many at a time as there is room for.
type Group struct {
	collector  *Collector
	set        *loader.Ruleset
	mode       eval.Mode
	conditions []loader.Condition
	rules      map[*loader.Rule]ast.Expr // their conditions
	macros     map[string]ast.Expr       // their conditions
	tables     map[string]*truthTable    // by source
	// events is how many there are, room how many there may be.
	events, room int

	// candidates are the mutants that are tried; without them there are no records.
	candidates []*candidate
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

// NewGroup returns the group of tests with the rules of a set, which are of the given
// sources. The mode says which of the rules that an event matches fire.
func (m *Collector) NewGroup(set *loader.Ruleset, sources []*fieldsets.Source, mode eval.Mode) *Group {
	g := &Group{
		collector: m, set: set, mode: mode, conditions: set.Conditions(), tables: map[string]*truthTable{},
		rules: map[*loader.Rule]ast.Expr{}, macros: map[string]ast.Expr{},
	}
	for _, c := range g.conditions {
		if c.Rule != nil {
			g.rules[c.Rule] = c.Expr
		} else {
			g.macros[c.Macro.Name] = c.Expr
		}
	}
	for _, source := range sources {
		if set.Engine.Has(source.Name()) {
			g.tables[source.Name()] = newTruthTable(source, g.conditions, g.macros)
		}
	}
	if m.options.Mutate {
		g.candidates = g.newCandidates()
	}
	parts := 1
	for _, c := range g.tables {
		parts += len(c.parents) + len(c.conditions)
	}
	g.room = max(minEvents, min(maxEvents, maxBits/parts))
	m.groups = append(m.groups, g)
	return g
}

// Mutants returns the mutants of the group and what takes the place of parts of conditions
// in each. Tests compare what becomes of mutants with rules that are changed so.
func (g *Group) Mutants() iter.Seq2[*Mutant, map[ast.Expr]ast.Expr] {
	return func(yield func(*Mutant, map[ast.Expr]ast.Expr) bool) {
		for _, c := range g.candidates {
			if !yield(&c.Mutant, c.edits) {
				return
			}
		}
	}
}

// Begin begins a test. If what was recorded before takes up half of the room, it is
// judged.
func (g *Group) Begin(ctx context.Context, t Test) {
	if g.events > g.room/2 {
		g.settle(ctx)
	}
	g.current = nil
	if len(g.candidates) == 0 {
		return
	}
	g.current = &record{test: t, from: g.events, met: make([]bitset, len(t.Expect))}
	for i, e := range t.Expect {
		if e.Details {
			g.current.met[i] = bitset{}
		}
	}
}

// Record records what the checks are on the next event of the test. For expectations with
// details it asks whether an alert on the event meets them, or would, if the rule fired. A
// test that has more events than there is room for does not count for mutants.
func (g *Group) Record(ctx context.Context, ev *fieldsets.Event, meets func(expectation int) bool) {
	if g.events == g.room {
		g.settle(ctx)
		g.current = nil
	}
	if c := g.tables[ev.Source]; c != nil {
		c.record(ev, g.events)
	}
	if g.current != nil {
		for i, met := range g.current.met {
			if met != nil && meets(i) {
				g.current.met[i] = met.with(g.events)
			}
		}
	}
	g.events++
}

// End ends a test.
func (g *Group) End(passed bool) {
	if g.current != nil && passed {
		g.current.to = g.events
		g.records = append(g.records, g.current)
	}
}

// settle judges the events recorded so far, and drops them.
func (g *Group) settle(ctx context.Context) {
	if g.events == 0 {
		return
	}
	g.collector.begin(g)
	words := (g.events + 63) / 64
	for _, c := range g.tables {
		c.ready(words)
		g.cover(c)
	}
	if len(g.candidates) > 0 {
		g.try(ctx, words)
	}
	for _, c := range g.tables {
		c.forget()
	}
	g.events, g.records = 0, nil
}
