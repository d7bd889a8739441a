package syscall

import (
	_ "embed" // the table
	"slices"
	"strings"
	"sync"
)

// EventType is a value that evt.type can have.
type EventType struct {
	// Name is what rules write, such as openat.
	Name string
	// Params are the parameters that evt.arg and evt.rawarg read, those of the
	// event's last version on the return from the call. Those of types that Falco
	// has no name for are of type NoType.
	Params []Param
	// Generic marks system calls without an event of their own. All have the
	// same parameters: the number of the call.
	Generic bool
}

// EventTypes returns the values that evt.type has, sorted by name. Rules may also
// write names that no event has, such as pread64, which is reported as pread.
func EventTypes() []EventType {
	var types []EventType
	for _, n := range shownNames() {
		if n.name == "NA" || len(types) > 0 && types[len(types)-1].Name == n.name {
			continue
		}
		t := EventType{Name: n.name, Params: events().last[n.name], Generic: n.code < 0}
		if t.Generic {
			t.Params = events().last["syscall"]
		}
		types = append(types, t)
	}
	return types
}

// eventInfo is what Falco knows of the event that ends a call of a type.
type eventInfo struct {
	EventType
	direction, category          string
	isCall, reads, writes, waits bool
	// hasFD says that the event uses, makes or closes a file descriptor.
	hasFD bool
	// returnsZero says that the result is 0 unless the call fails, returnsFD that it
	// is a new file descriptor.
	returnsZero, returnsFD bool
}

// hasResult reports whether the first parameter is the result of the call.
func (i *eventInfo) hasResult() bool {
	return len(i.Params) > 0 && (i.Params[0].Name == "res" || i.Params[0].Name == "fd")
}

// eventInfoTable has what is to know of events that are no generic calls.
//
//go:embed events_info.txt
var eventInfoTable string

var eventInfos = sync.OnceValue(func() map[string]*eventInfo {
	infos := map[string]*eventInfo{}
	for _, t := range EventTypes() {
		infos[t.Name] = &eventInfo{EventType: t, direction: "<", category: "other", isCall: true}
	}
	for line := range strings.Lines(eventInfoTable) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		info := &eventInfo{EventType: EventType{Name: words[0], Params: events().last[words[0]]}, direction: words[1], category: words[2]}
		for _, w := range words[3:] {
			switch w {
			case "syscall":
				info.isCall = true
			case "read":
				info.reads = true
			case "write":
				info.writes = true
			case "wait":
				info.waits = true
			case "fd":
				info.hasFD = true
			case "zero":
				info.returnsZero = true
			case "newfd":
				info.returnsFD = true
			}
		}
		infos[words[0]] = info
	}
	return infos
})

// infoOf returns what there is to know of an event type; names that no event has
// are like calls without events of their own.
func infoOf(evtType string) (*eventInfo, bool) {
	info, ok := eventInfos()[evtType]
	switch {
	case ok || !IsEventType(evtType):
		return info, ok
	case slices.Contains(asyncEvents[:], evtType):
		return eventInfos()[asyncEvent], true
	}
	return eventInfos()["getpid"], true
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
	for _, t := range EventTypes() {
		if info, ok := infoOf(t.Name); ok && info.category == category {
			names = append(names, t.Name)
		}
	}
	return names
}
