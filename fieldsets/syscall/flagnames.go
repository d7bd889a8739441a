package syscall

import (
	"cmp"
	"maps"
	"slices"

	"github.com/falcorules/falcorules/fieldsets/syscall/internal/names"
)

// Flag is a name that Falco has for a number of a parameter: for a bit, or for one
// value. The number is Falco's, which is the same on all machines.
type Flag struct {
	Name  string
	Value uint64
}

// FlagSet is the flags of a parameter, in the events that share them.
type FlagSet struct {
	// Events are the types of the events, sorted.
	Events []string
	// Flags are the names, one at least, sorted by value.
	Flags []Flag
	// Enum says that the parameter has one of the values at a time, not bits.
	Enum bool
}

// ParamFlags returns the flags of the parameter of that name, several sets where
// events differ, in the order of their first events. Most parameters have none.
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
