package syscall

import (
	"cmp"
	"maps"
	"slices"

	"github.com/falcorules/falcorules/fieldsets/syscall/internal/names"
)

// Flag is a named bit or value of a parameter. Values are Falco's, which do not depend on
// the machine.
type Flag struct {
	Name  string
	Value uint64
}

// FlagSet has the flags of a parameter in the events that share them.
type FlagSet struct {
	// Events are the event types, sorted.
	Events []string
	// Flags are the flags, at least one, sorted by value.
	Flags []Flag
	// Enum reports whether the parameter has a single value, not a combination of
	// flags.
	Enum bool
}

// ParamFlags returns the flags of a parameter. There are several sets if events differ,
// in the order of their first events, and none for most parameters.
func ParamFlags(param string) []FlagSet {
	events := names.ParamFlags(param)
	var sets []FlagSet
	for _, event := range slices.Sorted(maps.Keys(events)) {
		set := FlagSet{Flags: sortedFlags(events[event]), Enum: events[event].Enum}
		i := slices.IndexFunc(sets, func(s FlagSet) bool { return s.Enum == set.Enum && slices.Equal(s.Flags, set.Flags) })
		if i < 0 {
			i = len(sets)
			sets = append(sets, set)
		}
		sets[i].Events = append(sets[i].Events, event)
	}
	return sets
}

func sortedFlags(set names.FlagSet) []Flag {
	flags := make([]Flag, len(set.Flags))
	for i, f := range set.Flags {
		flags[i] = Flag(f)
	}
	slices.SortStableFunc(flags, func(a, b Flag) int { return cmp.Compare(a.Value, b.Value) })
	return flags
}
