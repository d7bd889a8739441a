package coverage

import (
	"context"
	"iter"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// Test is what a test expects of the rules.
type Test struct {
	Expect []Expectation
	// Reject lists rules that must not fire.
	Reject []string
	// Closed is set if no other rules may fire than those that are expected.
	Closed bool
}

// Expectation is a rule that a test expects to fire.
type Expectation struct {
	Rule string
	// Times is how often it fires; 0 means at least once.
	Times int
	// Details is set if the alert has to meet further conditions: see [Group.Record].
	Details bool
}

// Group is a group of tests that have the same rules. It records the results of the
// rules' checks on the tests' events, and evaluates many events at a time.
type Group struct {
	collector  *Collector
	set        *loader.Ruleset
	mode       eval.Mode
	conditions []condition
	rules      map[*loader.Rule]ast.Expr // their conditions
	macros     map[string]ast.Expr       // their conditions
	tables     map[string]*truthTable    // by source
	// events is the number of recorded events, and room its limit.
	events, room int

	candidates []*candidate
	// records has the tests that passed, and current the one that is being run. They
	// are not used without candidates.
	records []*record
	current *record
}

// Limits of what a group records before it evaluates the events.
const (
	maxBits   = 1 << 30
	maxEvents = 1 << 16
	minEvents = 1 << 6
)

// NewGroup returns a group for tests of the rules in a set. The sources are those that the
// set was loaded for. The mode selects which rules fire on an event that matches several.
func (m *Collector) NewGroup(set *loader.Ruleset, sources []*fieldsets.Source, mode eval.Mode) *Group {
	g := &Group{
		collector: m, set: set, mode: mode, conditions: conditionsOf(set), tables: map[string]*truthTable{},
		rules: map[*loader.Rule]ast.Expr{}, macros: map[string]ast.Expr{},
	}
	for _, c := range g.conditions {
		if c.rule != nil {
			g.rules[c.rule] = c.expr
		} else {
			g.macros[c.macro.Name] = c.expr
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

// Conditions returns the conditions of the rules, and those of the macros by name. It
// exists for tests, which apply the edits of [Group.Mutants] to them.
func (g *Group) Conditions() (rules map[*loader.Rule]ast.Expr, macros map[string]ast.Expr) {
	return g.rules, g.macros
}

// Mutants returns the mutants of the group, each with the replaced nodes of conditions and
// their replacements. It exists for tests, which compare the status of mutants with runs
// of rules that are really changed.
func (g *Group) Mutants() iter.Seq2[*Mutant, map[ast.Expr]ast.Expr] {
	return func(yield func(*Mutant, map[ast.Expr]ast.Expr) bool) {
		for _, c := range g.candidates {
			if !yield(&c.Mutant, c.edits) {
				return
			}
		}
	}
}

// Begin begins a test. Call it before Record, and End after the last event. If many
// events have been recorded before, Begin evaluates them.
func (g *Group) Begin(ctx context.Context, t Test) {
	if g.events > g.room/2 {
		g.evaluate(ctx)
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

// Record records the results of all checks on the next event of the test. For each
// expectation with Details it calls meets with the index in Test.Expect. meets reports
// whether an alert of the rule on this event would meet the expectation, even if the rule
// does not fire. A test with too many events to record cannot kill mutants.
func (g *Group) Record(ctx context.Context, ev *fieldsets.Event, meets func(expectation int) bool) {
	if g.events == g.room {
		g.evaluate(ctx)
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

// evaluate evaluates the recorded events and drops them.
func (g *Group) evaluate(ctx context.Context) {
	if g.events == 0 {
		return
	}
	g.collector.begin(g)
	words := (g.events + 63) / 64
	for _, c := range g.tables {
		c.resize(words)
		g.cover(c)
	}
	if len(g.candidates) > 0 {
		g.try(ctx, words)
	}
	for _, c := range g.tables {
		c.reset()
	}
	g.events, g.records = 0, nil
}
