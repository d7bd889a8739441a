package eval

import (
	"math/bits"
	"slices"

	"github.com/falcorules/falcorules/fieldsets"
)

// Mode says which rules fire if an event matches several.
type Mode uint8

// The modes.
const (
	// FirstMatch fires only the first rule, as Falco does by default.
	FirstMatch Mode = iota
	// AllMatches fires all of them.
	AllMatches
)

// String returns first or all, the values of rule_matching in Falco's configuration.
func (m Mode) String() string {
	if m == FirstMatch {
		return "first"
	}
	return "all"
}

// Matcher matches events with an engine's rules, one event after another. It is for one
// goroutine; an engine can have any number of matchers.
type Matcher struct {
	mode    Mode
	frames  map[string]*frame
	last    *frame // of the last event's source, or nil
	matches []Match
}

// NewMatcher returns a matcher.
func (e *Engine) NewMatcher(mode Mode) *Matcher {
	m := &Matcher{mode: mode, frames: make(map[string]*frame, len(e.programs))}
	for name, p := range e.programs {
		p.prepared.Do(p.prepare)
		m.frames[name] = newFrame(p)
	}
	return m
}

// Match returns the rules that fire on the event, in the order of the rules. There are
// none if the engine does not have the event's source. The slice and its matches are valid
// until the next call; use [Match.Clone] to keep a match longer.
func (m *Matcher) Match(ev *fieldsets.Event) []Match {
	m.matches = m.matches[:0]
	if m.last == nil || m.last.source != ev.Source {
		if m.last != nil {
			m.last.next() // invalidates its matches
		}
		if m.last = m.frames[ev.Source]; m.last == nil {
			return nil
		}
	}
	f := m.last
	f.begin(ev)
	rules, roots := f.rules, f.roots
	if roots == nil {
		rules, roots = f.choose()
	}
	for i, word := range rules {
		for ; word != 0; word &= word - 1 {
			rule := i*64 + bits.TrailingZeros64(word)
			if !f.run(roots[rule]) {
				continue
			}
			m.matches = append(m.matches, Match{Rule: f.program.rules[rule].rule, frame: f, generation: f.generation})
			if m.mode == FirstMatch {
				return m.matches
			}
		}
	}
	return m.matches
}

// frame is the state of a program on one event. Slots and nodes that have been evaluated
// are marked with the generation of the event, so that nothing has to be cleared between
// events.
type frame struct {
	program    *program
	source     string // the name of the program's source
	event      *fieldsets.Event
	generation uint32
	slots      []slotState
	nodes      []nodeState
	// rules and roots are the results of choose if they are the same for all events.
	// Otherwise, roots is nil.
	rules ruleSet
	roots []*instruction
	// chosen and line are memory for choose and for the text of an alert.
	chosen ruleSet
	line   []byte
}

type slotState struct {
	generation uint32
	extract    fieldsets.Extractor // of the slot; nil if it has a fill function
	values     fieldsets.Values
}

type nodeState struct {
	generation uint32
	holds      bool
}

func newFrame(p *program) *frame {
	f := &frame{program: p, source: p.source.Name(), chosen: newRuleSet(len(p.rules))}
	f.growSlots()
	f.growNodes()
	if x := p.index; x != nil && len(x.fields) == 0 && x.any.plan != nil && len(x.any.plan.guards) == 0 {
		f.rules, f.roots = x.any.rules, x.any.plan.roots
	}
	return f
}

// growSlots adds slots that were compiled after the frame was created.
func (f *frame) growSlots() {
	if len(f.slots) == len(f.program.slots) {
		return
	}
	f.slots = slices.Grow(f.slots, len(f.program.slots)-len(f.slots))
	for i := len(f.slots); i < len(f.program.slots); i++ {
		f.slots = append(f.slots, slotState{extract: f.program.slots[i].extract})
	}
}

// growNodes adds nodes that were compiled after the frame was created.
func (f *frame) growNodes() {
	if more := len(f.program.nodes) - len(f.nodes); more > 0 {
		f.nodes = append(f.nodes, make([]nodeState, more)...)
	}
}

func (f *frame) begin(ev *fieldsets.Event) {
	f.event = ev
	f.next()
}

// next starts a new generation.
func (f *frame) next() {
	f.generation++
	if f.generation == 0 { // after 1<<32 events, the marks of old events must go
		clear(f.nodes)
		for i := range f.slots {
			f.slots[i].generation = 0
		}
		f.generation = 1
	}
}

// choose returns the rules that can fire on the event, and the code that is left of each
// rule.
func (f *frame) choose() (ruleSet, []*instruction) {
	x := f.program.index
	first := &x.any
	if len(x.fields) > 0 {
		first = x.fields[0].class(f)
	}
	rules, left := f.chosen, first.count
	copy(rules, first.rules)
	for i := 1; i < len(x.fields) && left >= fewRules; i++ {
		left = rules.keep(x.fields[i].class(f).rules)
	}
	switch {
	case left == 0:
		return nil, nil
	case first.plan == nil:
		return rules, f.program.roots
	}
	for i := range first.plan.guards {
		if g := &first.plan.guards[i]; rules.meets(g.rules) && !f.run(g.code) {
			rules.remove(g.rules)
		}
	}
	return rules, first.plan.roots
}

// values returns the values of a slot.
func (f *frame) values(id int) []fieldsets.Value { return f.slot(int32(id)).All() }

// has reports whether the event has a value for a slot. Lists, and fields that are
// compared in several values at once, can be present without any values.
func (f *frame) has(id int) bool {
	values, s := f.slot(int32(id)), &f.program.slots[id]
	return values.Len() > 0 || values.Present() && (s.list || s.several)
}

// slot returns the values of a slot and whether it is present.
func (f *frame) slot(id int32) *fieldsets.Values {
	s := &f.slots[id]
	if s.generation != f.generation {
		f.read(s, id)
	}
	return &s.values
}

// read sets the state of a slot.
func (f *frame) read(s *slotState, id int32) {
	s.generation = f.generation
	s.values.Reset()
	if s.extract != nil {
		s.extract(f.event, &s.values)
	} else {
		f.program.slots[id].fill(f, &s.values)
	}
}

// run runs code and reports whether it accepts the event.
func (f *frame) run(in *instruction) bool {
	for in != &accept && in != &reject {
		holds := false
		switch in.op {
		case textOp:
			values := f.slot(in.arg).All()
			holds = len(values) > 0 && values[0].Text() == in.text
		case valueOp:
			values := f.slot(in.arg).All()
			holds = len(values) > 0 && in.test(values[0])
		case sharedOp:
			n := &f.nodes[in.arg]
			if n.generation != f.generation {
				n.holds = f.run(in.body)
				n.generation = f.generation
			}
			holds = n.holds
		case checkOp:
			holds = in.check(f)
		}
		if holds {
			in = in.yes
		} else {
			in = in.no
		}
	}
	return in == &accept
}
