package syscall

import (
	_ "embed" // the table
	"slices"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/internal/suggest"
)

// EventType is an event type with Falco's data about its latest event, usually the return
// from the call.
type EventType struct {
	// Name is the value of evt.type, such as openat.
	Name string
	// Params are the parameters that evt.arg and evt.rawarg read. Parameters of
	// unnamed types have the type NoType.
	Params []Param
	// Generic marks system calls without an event of their own. They all have the same
	// parameters, which are the numbers of the call.
	Generic bool
	// Direction is the value of evt.dir, < or >.
	Direction string
	// Category is the value of evt.category. It is io for calls such as read and
	// write, whose category depends on the file descriptor.
	Category string
	// IsCall reports whether the event is a system call. Reads, Writes and Waits
	// report whether Falco counts it as one that reads, writes or waits.
	IsCall, Reads, Writes, Waits bool
	// UsesFD reports whether the event uses, creates or closes a file descriptor.
	UsesFD bool
	// ReturnsZero reports whether the result of a successful call is always 0, and
	// ReturnsFD whether it is a new file descriptor.
	ReturnsZero, ReturnsFD bool
}

// HasResult reports whether the first parameter is the result of the call.
func (t *EventType) HasResult() bool {
	return len(t.Params) > 0 && (t.Params[0].Name == "res" || t.Params[0].Name == "fd")
}

// EventTypes returns the event types that events can have, sorted by name. Falco also
// accepts other names in rules, such as pread64, although it reports that call as pread.
func EventTypes() []EventType {
	var types []EventType
	for _, name := range eventTypeNames() {
		types = append(types, *eventTypes()[name])
	}
	return types
}

// LookupEventType returns the event type that a rule refers to. It treats an accepted name
// that no event has as a generic system call. It returns false if Falco does not accept
// the name. The caller must not change the result.
func LookupEventType(name string) (*EventType, bool) {
	t, ok := eventTypes()[name]
	switch {
	case ok || !IsEventType(name):
		return t, ok
	case slices.Contains(asyncEvents[:], name):
		return eventTypes()[asyncEvent], true
	}
	return eventTypes()["getpid"], true
}

// TypesWithParam returns the names of event types with a parameter, sorted.
func TypesWithParam(param string) []string {
	var names []string
	for _, t := range EventTypes() {
		if slices.ContainsFunc(t.Params, func(p Param) bool { return p.Name == param }) {
			names = append(names, t.Name)
		}
	}
	return names
}

// TypesOfCategory returns the names of event types with a fixed category, sorted.
func TypesOfCategory(category string) []string {
	var names []string
	for _, name := range eventTypeNames() {
		if eventTypes()[name].Category == category {
			names = append(names, name)
		}
	}
	return names
}

// SuggestEventType returns a hint for an unknown event type, such as "did you mean
// execve?", or "".
func SuggestEventType(text string) string { return suggest.EventHint(text, acceptedNames()) }

// eventTypeNames returns the names of EventTypes.
var eventTypeNames = sync.OnceValue(func() []string {
	var names []string
	for _, n := range shownNames() {
		if n.name != "NA" && (len(names) == 0 || names[len(names)-1] != n.name) {
			names = append(names, n.name)
		}
	}
	return names
})

// eventInfoTable has the properties of events that are not generic calls.
//
//go:embed events_info.txt
var eventInfoTable string

var eventTypes = sync.OnceValue(func() map[string]*EventType {
	types := map[string]*EventType{}
	for _, n := range shownNames() {
		if n.name == "NA" {
			continue
		}
		t := &EventType{Name: n.name, Params: events().last[n.name], Generic: n.code < 0, Direction: "<", Category: "other", IsCall: true}
		if t.Generic {
			t.Params = events().last["syscall"]
		}
		if types[n.name] == nil {
			types[n.name] = t
		}
	}
	for line := range strings.Lines(eventInfoTable) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		t := &EventType{Name: words[0], Params: events().last[words[0]], Direction: words[1], Category: words[2]}
		for _, w := range words[3:] {
			switch w {
			case "syscall":
				t.IsCall = true
			case "read":
				t.Reads = true
			case "write":
				t.Writes = true
			case "wait":
				t.Waits = true
			case "fd":
				t.UsesFD = true
			case "zero":
				t.ReturnsZero = true
			case "newfd":
				t.ReturnsFD = true
			}
		}
		types[words[0]] = t
	}
	return types
})
