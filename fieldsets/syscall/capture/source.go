package capture

import (
	"strings"
	"sync"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// NewSource returns the source syscall with the values of events in captures.
// It is the same one each time.
func NewSource() *fieldsets.Source { return source() }

var source = sync.OnceValue(func() *fieldsets.Source { return syscall.NewSourceWith(values) })

// reader reads a field from an event.
type reader func(e *Event, out *fieldsets.Values)

// extractor makes an extractor of a reader, or nil if there is none.
func extractor(read reader) fieldsets.Extractor {
	if read == nil {
		return nil
	}
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if e, ok := ev.Data.(*Event); ok {
			read(e, out)
		}
	}
}

// values returns the extractor for a field, and the field as conditions compare it.
func values(f *fieldsets.Field, arg fieldsets.Arg) (*fieldsets.Field, fieldsets.Extractor) {
	var read, compared reader
	match := fieldsets.MatchOne
	group, _, _ := strings.Cut(f.Name, ".")
	switch group {
	case "evt", "syscall", "util":
		read = eventField(f.Name, arg)
		switch f.Name {
		case "evt.rawarg":
			match = fieldsets.MatchAny
		case "evt.buffer":
			compared = rawParam("data")
		}
	case "proc", "thread":
		read = processField(f.Name, arg)
		if all := ancestorsField(f.Name, arg); all != nil {
			match, compared = fieldsets.MatchAny, all
		}
	case "user", "group":
		read = userField(f.Name)
	case "fd":
		read = fileField(f.Name, arg)
		if either := eitherField(f.Name); either != nil {
			match, compared = fieldsets.MatchEither, either
		} else if names := hostNameField(f.Name); names != nil {
			match, compared = fieldsets.MatchAny, names
		}
	case "fdlist":
		read = fileListField(f.Name)
	case "fs":
		read = pathField(f.Name)
	case "container", "k8s":
		read = containerField(f.Name, arg)
	}
	if match == fieldsets.MatchOne && compared == nil {
		return f, extractor(read)
	}
	if read == nil { // only for conditions
		read = func(*Event, *fieldsets.Values) {}
	}
	changed := *f
	changed.Match, changed.ConditionValue = match, extractor(compared)
	return &changed, extractor(read)
}

// Ways to make readers.

func text(of func(e *Event) string) reader {
	return func(e *Event, out *fieldsets.Values) { out.AddText(of(e)) }
}

func boolean(of func(e *Event) bool) reader {
	return func(e *Event, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(of(e))) }
}

func number(of func(e *Event) int64) reader {
	return func(e *Event, out *fieldsets.Values) { out.Add(fieldsets.IntValue(of(e))) }
}

func constant(v fieldsets.Value) reader {
	return func(_ *Event, out *fieldsets.Values) { out.Add(v) }
}
