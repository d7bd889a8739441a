package syscall

import (
	_ "embed"
	"iter"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// eventsText is the event table of the Falco libs, schema version 4.3.0. Line
// n, counted from 0, is event code n: the name that evt.type has, then name
// and type of each parameter. NA stands for a code that is not used.
//
//go:embed events.txt
var eventsText string

// callsText has the system calls and tracepoints that the Falco libs know, one
// a line, each with the names of the events that report it. A call without any
// is generic: the first two event codes stand for all of these, and evt.type is
// the name of the call.
//
//go:embed events_calls.txt
var callsText string

// asyncEvents are the asynchronous events of the container plugin, which Falco
// loads by default. They come as asyncevent and show their own name in
// evt.type.
var asyncEvents = [...]string{"container", "container_removed"}

// namelessCalls are names without a call: of calls that Falco does not know,
// and of a gap in the numbers of its system calls. Falco takes both as event
// types, and for the codes of generic calls.
var namelessCalls = [...]string{"unknown", ""}

const (
	asyncEvent  = "asyncevent"
	pluginEvent = "pluginevent"
)

// bitset is a set of numbers below 512: of event codes, or of the lines of
// callsText.
type bitset [8]uint64

func (b *bitset) add(n int)     { b[n/64] |= 1 << (n % 64) }
func (b bitset) has(n int) bool { return b[n/64]&(1<<(n%64)) != 0 }

func (b bitset) and(c bitset) bitset {
	for i := range b {
		b[i] &= c[i]
	}
	return b
}

func (b bitset) or(c bitset) bitset {
	for i := range b {
		b[i] |= c[i]
	}
	return b
}

func (b bitset) without(c bitset) bitset {
	for i := range b {
		b[i] &^= c[i]
	}
	return b
}

func (b bitset) len() int {
	n := 0
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

func (b bitset) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range b {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// EventSet is a set of event types: those that can make a condition true, see
// [EventsOf]. The zero value is empty. Two sets are equal when they are ==.
//
// It counts as Falco does, which has several event codes for one name (enter
// and exit, old versions) and the same two codes for all system calls without
// an event of their own. Beside them it keeps the system calls apart, which
// name the generic ones.
type EventSet struct {
	codes, calls bitset
}

// Len returns the number of event codes in the set. Falco warns of a rule with
// more than 100 (LOAD_NO_EVTTYPE).
func (s EventSet) Len() int { return s.codes.len() }

// Has reports whether Falco holds an event with this evt.type against a
// condition with the events s. Since generic system calls share their codes,
// getpid is among the events of evt.type = uname, and is not among those of
// evt.type != uname. A name that Falco does not know is taken for an
// asynchronous event of a plugin.
func (s EventSet) Has(name string) bool {
	t := events()
	named := t.names[name]
	if named == (EventSet{}) {
		named = t.names[asyncEvent]
	}
	return s.codes.and(named.codes) != bitset{}
}

// Names returns what falco -L lists as the events of a rule for system calls,
// sorted: the names of the event codes, the names of the generic system calls,
// and always asyncevent.
func (s EventSet) Names() []string {
	t := events()
	s.codes = s.codes.or(t.names[asyncEvent].codes)
	// A call brings all events that report it, also those that the codes lack:
	// accept is an event of accept4.
	for call := range s.calls.all() {
		s.codes = s.codes.or(t.calls[call].codes)
	}
	var names []string
	for _, n := range shownNames() {
		in := n.code >= 0 && s.codes.has(n.code) || n.code < 0 && s.calls.has(n.call)
		if in && (len(names) == 0 || names[len(names)-1] != n.name) {
			names = append(names, n.name)
		}
	}
	return names
}

// IsEventType reports whether evt.type accepts the name: that of an event, of a
// system call, or of an asynchronous event of the container plugin. Falco
// refuses others as unknown event types.
func IsEventType(name string) bool {
	_, ok := events().names[name]
	return ok
}

// EventNames returns what falco -L lists as the events of a condition of the
// given source, sorted. An empty source stands for a macro, which has none. The
// error is that of [EventsOf].
func EventNames(source string, condition ast.Expr) ([]string, error) {
	if source != "" && source != SourceName {
		return []string{asyncEvent, pluginEvent}, nil
	}
	s, err := EventsOf(condition)
	if err != nil {
		return nil, err
	}
	return s.Names(), nil
}

// Param is a parameter of an event.
type Param struct {
	// Name is what follows evt.arg. and evt.rawarg.
	Name string
	Type fieldsets.Type
	// Print says how its numbers are printed.
	Print fieldsets.Print
}

// EventParam returns the parameter that evt.arg.NAME and evt.rawarg.NAME take
// their type from: of the parameters of that name, the one of the event with the
// lowest code.
func EventParam(name string) (Param, bool) {
	p, ok := events().params[name]
	return p, ok
}

// eventTable is what eventsText and callsText say.
type eventTable struct {
	codes   []event // by event code
	calls   []call
	names   map[string]EventSet // what a name in a condition stands for
	params  map[string]Param    // by name, the first of each
	last    map[string][]Param  // by name of an event, the last that there are
	generic bitset              // the codes of generic calls
	all     EventSet
}

// event is what one code stands for: the name that evt.type has, and parameters.
type event struct {
	name   string
	params []Param
}

// call is a system call and the codes that report it, none if it is generic.
type call struct {
	name  string
	codes bitset
}

var events = sync.OnceValue(readEvents)

func readEvents() *eventTable {
	t := &eventTable{names: make(map[string]EventSet, 512), params: map[string]Param{}, last: map[string][]Param{}}
	t.generic.add(0)
	t.generic.add(1)
	for line := range strings.Lines(eventsText) {
		words := strings.Fields(line)
		name, code := words[0], len(t.codes)
		e := event{name: name}
		for _, word := range words[1:] {
			p := readParam(word)
			if _, ok := t.params[p.Name]; !ok {
				t.params[p.Name] = p
			}
			e.params = append(e.params, p)
		}
		if len(e.params) > 0 { // an entry without parameters says less than its return
			t.last[name] = e.params
		}
		t.codes = append(t.codes, e)
		t.all.codes.add(code)
		// Falco leaves out the generic codes when it looks a name up, so that
		// evt.type = syscall is never true.
		s := t.names[name]
		if !t.generic.has(code) {
			s.codes.add(code)
		}
		t.names[name] = s
	}
	for line := range strings.Lines(callsText) {
		number := len(t.calls)
		t.all.calls.add(number)
		name, list, reported := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		c := call{name: name}
		if reported {
			for event := range strings.SplitSeq(list, " ") {
				s := t.names[event]
				s.calls.add(number)
				t.names[event] = s
				c.codes = c.codes.or(s.codes)
			}
		}
		t.calls = append(t.calls, c)
		if _, ok := t.names[name]; !ok {
			// pread64, which is reported as pread, takes the generic codes too,
			// but has no call.
			s := EventSet{codes: t.generic}
			if !reported {
				s.calls.add(number)
			}
			t.names[name] = s
		}
	}
	for _, name := range namelessCalls {
		t.names[name] = EventSet{codes: t.generic}
	}
	for _, name := range asyncEvents {
		s := t.names[name]
		s.codes = s.codes.or(t.names[asyncEvent].codes)
		t.names[name] = s
	}
	return t
}

// shown is a name that evt.type can have, and what it is the name of: the event
// of that code or, where code is negative, the generic call of that number.
type shown struct {
	name       string
	code, call int
}

// shownNames has a line for every event code and generic call, sorted by name.
var shownNames = sync.OnceValue(func() []shown {
	t := events()
	var list []shown
	for code, e := range t.codes {
		if !t.generic.has(code) {
			list = append(list, shown{name: e.name, code: code})
		}
	}
	for i, c := range t.calls {
		if c.codes == (bitset{}) {
			list = append(list, shown{c.name, -1, i})
		}
	}
	slices.SortFunc(list, func(a, b shown) int { return strings.Compare(a.name, b.name) })
	return list
})

// readParam reads a parameter of the table: name:TYPE, and :hex or :octal where its
// numbers are printed so.
func readParam(text string) Param {
	words := strings.Split(text, ":")
	t, ok := fieldsets.ParseType(words[1])
	if !ok {
		panic("syscall: the table of events has the type " + words[1])
	}
	p := Param{Name: words[0], Type: t}
	if len(words) > 2 {
		p.Print = map[string]fieldsets.Print{"hex": fieldsets.PrintHex, "octal": fieldsets.PrintOctal}[words[2]]
	}
	return p
}
