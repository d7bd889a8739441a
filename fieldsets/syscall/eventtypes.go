package syscall

import (
	"strings"
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
	params := map[string][]Param{}
	for line := range strings.Lines(eventsText) {
		words := strings.Fields(line)
		if len(words) == 1 {
			continue // an entry without parameters says less than its return
		}
		list := make([]Param, len(words)-1)
		for i, word := range words[1:] {
			list[i] = readParam(word)
		}
		params[words[0]] = list
	}
	var types []EventType
	for _, n := range shownNames() {
		if n.name == "NA" || len(types) > 0 && types[len(types)-1].Name == n.name {
			continue
		}
		t := EventType{Name: n.name, Params: params[n.name], Generic: n.code < 0}
		if t.Generic {
			t.Params = params["syscall"]
		}
		types = append(types, t)
	}
	return types
}
