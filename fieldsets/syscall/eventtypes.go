package syscall

import (
	_ "embed" // the table
	"slices"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/internal/suggest"
)

// EventType is a value that evt.type can have, and what Falco knows of the event
// that has it: the last version of the one on the return from the call.
type EventType struct {
	// Name is what rules write, such as openat.
	Name string
	// Params are the parameters that evt.arg and evt.rawarg read. Those of types
	// that Falco has no name for are of type NoType.
	Params []Param
	// Generic marks system calls without an event of their own. All have the
	// same parameters: the number of the call.
	Generic bool
	// Direction is evt.dir, < or >. Category is evt.category, except that calls
	// that read, write and the like, whose category is that of the file
	// descriptor, have io.
	Direction, Category string
	// IsCall says that it is a system call, Reads, Writes and Waits that Falco
	// counts it among the calls that do so.
	IsCall, Reads, Writes, Waits bool
	// UsesFD says that the event uses, makes or closes a file descriptor.
	UsesFD bool
	// ReturnsZero says that the result is 0 unless the call fails, ReturnsFD that
	// it is a new file descriptor.
	ReturnsZero, ReturnsFD bool
}

// HasResult reports whether the first parameter is the result of the call.
func (t *EventType) HasResult() bool {
	return len(t.Params) > 0 && (t.Params[0].Name == "res" || t.Params[0].Name == "fd")
}

// EventTypes returns the values that evt.type has, sorted by name. Rules may also
// write names that no event has, such as pread64, which is reported as pread.
func EventTypes() []EventType {
	var types []EventType
	for _, name := range eventTypeNames() {
		types = append(types, *eventTypes()[name])
	}
	return types
}

// LookupEventType returns the event type that a rule refers to. A name that no
// event has is treated as a call without an event of its own. It returns false if
// Falco does not accept the name. The caller must not change the result.
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

// TypesWithParam returns the event types that have a parameter, sorted by name.
func TypesWithParam(param string) []string {
	var names []string
	for _, t := range EventTypes() {
		if slices.ContainsFunc(t.Params, func(p Param) bool { return p.Name == param }) {
			names = append(names, t.Name)
		}
	}
	return names
}

// TypesOfCategory returns the event types that have a category whatever else they
// have, sorted by name.
func TypesOfCategory(category string) []string {
	var names []string
	for _, name := range eventTypeNames() {
		if eventTypes()[name].Category == category {
			names = append(names, name)
		}
	}
	return names
}

// SuggestEventType returns a hint for a text that is not an event type, such as
// "did you mean execve?", or an empty string.
func SuggestEventType(text string) string { return suggest.EventHint(text, acceptedNames()) }

// eventTypeNames are the names of EventTypes.
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
