package syscall

import (
	"slices"
	"strings"
)

// EventType is a value that evt.type can have.
type EventType struct {
	// Name is what rules write, such as openat.
	Name string
	// Params are the parameters that evt.arg and evt.rawarg read, those of the
	// event's last version on the return from the call. Types that Falco has no
	// name for are empty.
	Params []Param
	// Generic marks system calls without an event of their own. All have the
	// same parameters: the number of the call.
	Generic bool
}

// EventTypes returns what evt.type accepts, sorted by name, without NA, which no
// event has.
func EventTypes() []EventType {
	params := map[string][]Param{}
	for line := range strings.Lines(eventsText) {
		words := strings.Fields(line)
		if len(words) == 1 {
			continue // an entry without parameters says less than its return
		}
		list := make([]Param, len(words)-1)
		for i, word := range words[1:] {
			name, typ, _ := strings.Cut(word, ":")
			if typ == "<NA>" {
				typ = ""
			}
			list[i] = Param{name, typ}
		}
		params[words[0]] = list
	}
	var types []EventType
	for name, own := range readTypeNames() {
		t := EventType{Name: name, Params: params[name], Generic: !own}
		if t.Generic {
			t.Params = params["syscall"]
		}
		if name != "NA" {
			types = append(types, t)
		}
	}
	slices.SortFunc(types, func(a, b EventType) int { return strings.Compare(a.Name, b.Name) })
	return types
}
