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

// eventsText is the event table of the Falco libs, schema version 4.3.0. Line n, from 0, is
// the event with code n: the value of evt.type, then the name and type of each parameter.
// NA marks unused codes.
//
//go:embed events.txt
var eventsText string

// callsText has the system calls and tracepoints of the Falco libs, one per line, followed
// by the names of the events that report the call. A call without such events is generic:
// it is reported with one of the first two event codes, and evt.type is the name of the
// call.
//
//go:embed events_calls.txt
var callsText string

// asyncEvents are the asynchronous events of the container plugin, which Falco loads by
// default. They have the code of asyncevent and their own name as evt.type.
var asyncEvents = [...]string{"container", "container_removed"}

// namelessCalls are names without a call: for calls that Falco does not know, and for a
// gap in its system call numbers. Falco accepts both as event types, with the codes of
// generic calls.
var namelessCalls = [...]string{"unknown", ""}

const (
	asyncEvent  = "asyncevent"
	pluginEvent = "pluginevent"
)

// bitset is a set of numbers below 512: event codes, or line numbers of callsText.
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

// EventSet is a set of event types, such as those that can make a condition true; see
// [EventsOf]. The zero value is the empty set. Equal sets are ==.
//
// Like Falco, the set consists of event codes. A name can have several codes, for enter
// and exit events and old versions, and all generic system calls share two codes. To name
// generic calls, the set also records the system calls.
type EventSet struct {
	codes, calls bitset
}

// Len returns the number of event codes in the set. Falco warns about rules with more than
// 100 (LOAD_NO_EVTTYPE).
func (s EventSet) Len() int { return s.codes.len() }

// Has reports whether Falco evaluates a condition with the events s for an event with the
// given evt.type. Because generic system calls share their codes, getpid is in the events
// of evt.type = uname, and not in those of evt.type != uname. Unknown names count as
// asynchronous events of plugins.
func (s EventSet) Has(name string) bool {
	t := events()
	named := t.names[name]
	if named == (EventSet{}) {
		named = t.names[asyncEvent]
	}
	return s.codes.and(named.codes) != bitset{}
}

// Names returns the sorted names that falco -L lists as the events of a syscall rule: those
// of the event codes and of the generic system calls, and always asyncevent.
func (s EventSet) Names() []string {
	t := events()
	s.codes = s.codes.or(t.names[asyncEvent].codes)
	// A call adds all events that report it, even if their codes are not in the set:
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

// IsEventType reports whether Falco accepts a name as a value of evt.type: it must be the
// name of an event, of a system call, or of an asynchronous event of the container plugin.
func IsEventType(name string) bool {
	_, ok := events().names[name]
	return ok
}

// EventNames returns the sorted names that falco -L lists as the events of a condition. The
// source is empty for a macro. The error is that of [EventsOf].
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
	// Name is the name in evt.arg.NAME and evt.rawarg.NAME.
	Name string
	Type fieldsets.Type
	// Print is the format of its numbers.
	Print fieldsets.Print
}

// EventParam returns the parameter that determines the type of evt.arg.NAME and
// evt.rawarg.NAME: the one with that name in the event with the lowest code.
func EventParam(name string) (Param, bool) {
	p, ok := events().params[name]
	return p, ok
}

// EventCode is an event code of the Falco libs: one version of an event, for the entry or the
// return of a call.
type EventCode struct {
	// Name is the value of evt.type, NA for unused codes. Generic system calls have the name
	// syscall.
	Name   string
	Params []Param
}

// EventCodes returns all event codes, by number. The caller must not change the result.
func EventCodes() []EventCode { return events().codes }

// eventTable has the data of eventsText and callsText.
type eventTable struct {
	codes   []EventCode
	calls   []call
	names   map[string]EventSet // the events of a name in a condition
	params  map[string]Param    // the first parameter of each name
	last    map[string][]Param  // the parameters in the last version of each event
	generic bitset              // the codes of generic calls
	all     EventSet
}

// call is a system call with the codes that report it, or none if it is generic.
type call struct {
	name  string
	codes bitset
}

var events = sync.OnceValue(newEventTable)

func newEventTable() *eventTable {
	t := &eventTable{names: make(map[string]EventSet, 512), params: map[string]Param{}, last: map[string][]Param{}}
	t.generic.add(0)
	t.generic.add(1)
	for line := range strings.Lines(eventsText) {
		words := strings.Fields(line)
		t.addEvent(words[0], words[1:])
	}
	for line := range strings.Lines(callsText) {
		words := strings.Fields(line)
		t.addCall(words[0], words[1:])
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

// addEvent adds the event with the next code.
func (t *eventTable) addEvent(name string, params []string) {
	code := len(t.codes)
	e := EventCode{Name: name}
	for _, text := range params {
		p := readParam(text)
		if _, ok := t.params[p.Name]; !ok {
			t.params[p.Name] = p
		}
		e.Params = append(e.Params, p)
	}
	if len(e.Params) > 0 { // an enter event without parameters must not replace its exit event
		t.last[name] = e.Params
	}
	t.codes = append(t.codes, e)
	t.all.codes.add(code)
	// Falco ignores the generic codes when it looks up a name, so evt.type = syscall is
	// never true.
	s := t.names[name]
	if !t.generic.has(code) {
		s.codes.add(code)
	}
	t.names[name] = s
}

// addCall adds a system call with the names of the events that report it, or none if it
// is generic.
func (t *eventTable) addCall(name string, reportedAs []string) {
	number := len(t.calls)
	t.all.calls.add(number)
	c := call{name: name}
	for _, event := range reportedAs {
		s := t.names[event]
		s.calls.add(number)
		t.names[event] = s
		c.codes = c.codes.or(s.codes)
	}
	t.calls = append(t.calls, c)
	if _, ok := t.names[name]; !ok {
		// pread64, which is reported as pread, has the generic codes but no call.
		s := EventSet{codes: t.generic}
		if len(reportedAs) == 0 {
			s.calls.add(number)
		}
		t.names[name] = s
	}
}

// shown is a possible value of evt.type. It is the name of the event with a code or, if
// code is negative, of a generic call.
type shown struct {
	name       string
	code, call int
}

// shownNames returns the names of all event codes and generic calls, sorted.
var shownNames = sync.OnceValue(func() []shown {
	t := events()
	var list []shown
	for code, e := range t.codes {
		if !t.generic.has(code) {
			list = append(list, shown{name: e.Name, code: code})
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

// readParam parses a parameter in the form name:TYPE, name:TYPE:hex or name:TYPE:octal.
func readParam(text string) Param {
	words := strings.Split(text, ":")
	t, ok := fieldsets.ParseType(words[1])
	if !ok {
		panic("syscall: events.txt has the unknown type " + words[1])
	}
	p := Param{Name: words[0], Type: t}
	if len(words) > 2 {
		p.Print = map[string]fieldsets.Print{"hex": fieldsets.PrintHex, "octal": fieldsets.PrintOctal}[words[2]]
	}
	return p
}
