package eval

import (
	"math/bits"

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
	matches []Match
}

// NewMatcher returns a matcher.
func (e *Engine) NewMatcher(mode Mode) *Matcher {
	m := &Matcher{mode: mode, frames: make(map[string]*frame, len(e.programs))}
	for name, p := range e.programs {
		m.frames[name] = newFrame(p)
	}
	return m
}

// Match returns the rules that fire on the event, in the order of the rules.
// No rule fires on an event of a source that the engine does not have. The
// matches, and what they print, are good until the next call.
func (m *Matcher) Match(ev *fieldsets.Event) []Match {
	m.matches = m.matches[:0]
	f := m.frames[ev.Source]
	if f == nil {
		return nil
	}
	f.begin(ev)
	for word := range f.program.index.all {
		for rules := f.candidates(word); rules != 0; rules &= rules - 1 {
			r := &f.program.rules[word*64+bits.TrailingZeros64(rules)]
			if !f.holds(r.root) {
				continue
			}
			m.matches = append(m.matches, Match{Rule: r.rule, frame: f})
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
	event      *fieldsets.Event
	generation uint32
	slots      []slotState
	nodes      []nodeState
	// indexed are the rules that each indexed field lets through for the event.
	indexed []ruleSet
	// line is memory for an alert's text.
	line []byte
}

type slotState struct {
	generation uint32
	values     fieldsets.Values
}

type nodeState struct {
	generation uint32
	holds      bool
}

func newFrame(p *program) *frame {
	return &frame{
		program: p, slots: make([]slotState, len(p.slots)), nodes: make([]nodeState, len(p.nodes)),
		indexed: make([]ruleSet, len(p.index.fields)),
	}
}

func (f *frame) begin(ev *fieldsets.Event) {
	f.event = ev
	f.generation++
	if f.generation == 0 { // wrapped: marks of old events would look new
		clear(f.nodes)
		for i := range f.slots {
			f.slots[i].generation = 0
		}
		f.generation = 1
	}
	for i := range f.indexed {
		f.indexed[i] = f.program.index.fields[i].of(f)
	}
}

// candidates returns one word of the set of rules that may fire on the event.
func (f *frame) candidates(word int) uint64 {
	rules := f.program.index.all[word]
	for _, set := range f.indexed {
		rules &= set[word]
	}
	return rules
}

// values returns the values of a slot, none where the event has none.
func (f *frame) values(id int) []fieldsets.Value { return f.slot(id).All() }

// has reports whether the event has a value for a slot, which may be a list
// without elements.
func (f *frame) has(id int) bool { return f.slot(id).Present() }

// slot returns what the event has for a slot.
func (f *frame) slot(id int) *fieldsets.Values {
	s := &f.slots[id]
	if s.generation != f.generation {
		s.generation = f.generation
		s.values.Reset()
		f.program.slots[id].fill(f, &s.values)
	}
	return &s.values
}

// holds reports whether a node is true of the event.
func (f *frame) holds(id int) bool {
	s := &f.nodes[id]
	if s.generation == f.generation {
		return s.holds
	}
	n := &f.program.nodes[id]
	result := false
	switch n.kind {
	case checkNode:
		result = n.check(f)
	case notNode:
		result = !f.holds(n.kids[0])
	case andNode:
		result = true
		for _, kid := range n.kids {
			if !f.holds(kid) {
				result = false
				break
			}
		}
	case orNode:
		for _, kid := range n.kids {
			if f.holds(kid) {
				result = true
				break
			}
		}
	}
	s.generation, s.holds = f.generation, result
	return result
}
