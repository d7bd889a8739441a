package eval

import (
	"math/bits"
	"slices"

	"github.com/falcorules/falcorules/fieldsets"
)

// Mode says which of the rules that an event matches fire.
type Mode uint8

// The modes.
const (
	// FirstMatch fires the first rule only, as Falco does by default.
	FirstMatch Mode = iota
	// AllMatches fires every rule.
	AllMatches
)

// Matcher runs an engine's rules over events, one at a time. It is for one
// goroutine; an engine has as many matchers as needed.
type Matcher struct {
	mode    Mode
	frames  map[string]*frame
	last    *frame // that of the last event's source, if there is one
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

// Match returns the rules that fire on the event, in the order of the rules.
// No rule fires on an event of a source that the engine does not have. The
// slice is used again for the next event, and its matches are valid until then:
// see [Match.Clone].
func (m *Matcher) Match(ev *fieldsets.Event) []Match {
	m.matches = m.matches[:0]
	if m.last == nil || m.last.source != ev.Source {
		if m.last != nil {
			m.last.next() // its matches end with this event too
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

// frame is the state of a program on one event. What is known of a slot or a
// node is marked with the generation of the event, so that nothing has to be
// cleared between events.
type frame struct {
	program    *program
	source     string // its name
	event      *fieldsets.Event
	generation uint32
	slots      []slotState
	nodes      []nodeState
	// rules may fire, and roots are what is left of each, where that is the same
	// for all events; otherwise roots are nil and chosen is memory for the rules.
	rules, chosen ruleSet
	roots         []int32
	// line is memory for an alert's text.
	line []byte
}

type slotState struct {
	generation uint32
	extract    fieldsets.Extractor // of the slot; nil where that has a fill
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

// growSlots and growNodes make room for what was compiled since.
func (f *frame) growSlots() {
	if len(f.slots) == len(f.program.slots) {
		return
	}
	f.slots = slices.Grow(f.slots, len(f.program.slots)-len(f.slots))
	for i := len(f.slots); i < len(f.program.slots); i++ {
		f.slots = append(f.slots, slotState{extract: f.program.slots[i].extract})
	}
}

func (f *frame) growNodes() {
	if more := len(f.program.nodes) - len(f.nodes); more > 0 {
		f.nodes = append(f.nodes, make([]nodeState, more)...)
	}
}

func (f *frame) begin(ev *fieldsets.Event) {
	f.event = ev
	f.next()
}

// next begins a new generation.
func (f *frame) next() {
	f.generation++
	if f.generation == 0 { // wrapped: marks of old events would look new
		clear(f.nodes)
		for i := range f.slots {
			f.slots[i].generation = 0
		}
		f.generation = 1
	}
}

// choose returns the rules that may fire on the event, and where the code of what is
// left of each rule starts.
func (f *frame) choose() (ruleSet, []int32) {
	x := f.program.index
	first := &x.any
	if len(x.fields) > 0 {
		first = x.fields[0].of(f)
	}
	rules, left := f.chosen, first.count
	copy(rules, first.rules)
	for i := 1; i < len(x.fields) && left >= fewRules; i++ {
		left = rules.keep(x.fields[i].of(f).rules)
	}
	switch {
	case left == 0:
		return nil, nil
	case first.plan == nil:
		return rules, f.program.roots
	}
	for i := range first.plan.guards {
		if g := &first.plan.guards[i]; rules.meets(g.rules) && !f.run(g.start) {
			rules.remove(g.rules)
		}
	}
	return rules, first.plan.roots
}

// values returns the values of a slot, none where the event has none.
func (f *frame) values(id int) []fieldsets.Value { return f.slot(int32(id)).All() }

// has reports whether the event has a value for a slot. Only a list, or several
// values that are compared at once, can be there without any; an extractor that
// marks another field present and adds no value has found none.
func (f *frame) has(id int) bool {
	values, s := f.slot(int32(id)), &f.program.slots[id]
	return values.Len() > 0 || values.Present() && (s.list || s.several)
}

// slot returns what the event has for a slot.
func (f *frame) slot(id int32) *fieldsets.Values {
	s := &f.slots[id]
	if s.generation != f.generation {
		f.read(s, id)
	}
	return &s.values
}

// read fills the state of a slot.
func (f *frame) read(s *slotState, id int32) {
	s.generation = f.generation
	s.values.Reset()
	if s.extract != nil {
		s.extract(f.event, &s.values)
	} else {
		f.program.slots[id].fill(f, &s.values)
	}
}

// run runs the code that starts at pc and reports whether it accepts the event.
func (f *frame) run(pc int32) bool {
	code := f.program.code
	for pc >= 0 {
		in := &code[pc]
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
		if pc = in.no; holds {
			pc = in.yes
		}
	}
	return pc == accept
}
