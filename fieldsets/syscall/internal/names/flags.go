package names

import (
	_ "embed" // the table
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
)

//go:embed flags.txt
var flagTable string

// Flag is a named bit or value of a parameter.
type Flag struct {
	Name  string
	Value uint64
}

// FlagSet has the flags of a parameter.
type FlagSet struct {
	Flags []Flag
	// Enum reports whether the parameter has a single value, not a combination of
	// flags.
	Enum bool
}

// flagSets has the flags by event type and parameter, and all sets by parameter.
type flagSets struct {
	byEvent map[[2]string]FlagSet
	byParam map[string][]FlagSet
}

var allFlags = sync.OnceValue(func() flagSets {
	var tables [][]Flag
	sets := flagSets{map[[2]string]FlagSet{}, map[string][]FlagSet{}}
	number := func(text string) uint64 {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			panic("names: flags.txt: " + err.Error())
		}
		return n
	}
	for line := range strings.Lines(flagTable) {
		words := strings.Fields(line)
		switch words[0] {
		case "table":
			var flags []Flag
			for _, w := range words[2:] {
				name, value, _ := strings.Cut(w, "=")
				flags = append(flags, Flag{name, number(value)})
			}
			tables = append(tables, flags)
		case "param":
			set := FlagSet{tables[number(words[3])], len(words) > 4}
			sets.byEvent[[2]string{words[1], words[2]}] = set
			sets.byParam[words[2]] = append(sets.byParam[words[2]], set)
		}
	}
	return sets
})

// ParamFlags returns the flags of a parameter by event type.
func ParamFlags(param string) map[string]FlagSet {
	byEvent := map[string]FlagSet{}
	for of, set := range allFlags().byEvent {
		if of[1] == param {
			byEvent[of[0]] = set
		}
	}
	return byEvent
}

// FlagsOf returns the flags of a parameter of an event type.
func FlagsOf(evtType, param string) (FlagSet, bool) {
	set, ok := allFlags().byEvent[[2]string{evtType, param}]
	return set, ok
}

// Parse parses names of flags such as O_RDWR|O_CREAT. If a name is unknown, it returns
// that name as bad.
func (s FlagSet) Parse(text string) (n uint64, bad string) {
	for name := range strings.SplitSeq(text, "|") {
		i := slices.IndexFunc(s.Flags, func(f Flag) bool { return f.Name == strings.TrimSpace(name) })
		if i < 0 {
			return 0, name
		}
		n |= s.Flags[i].Value
	}
	return n, ""
}

func (s FlagSet) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range s.Flags {
			if !yield(f.Name) {
				return
			}
		}
	}
}

// AppendNames appends the names of the flags in n as Falco prints them: a bit is used
// for the first flag that has it.
func (s FlagSet) AppendNames(dst []byte, n uint64) []byte {
	left, start := n, len(dst)
	for _, f := range s.Flags {
		has := f.Value == n
		if !s.Enum && !(f.Value == 0 && n == 0) {
			has = f.Value != 0 && left&f.Value == f.Value
		}
		if !has {
			continue
		}
		left &^= f.Value
		if len(dst) > start {
			dst = append(dst, '|')
		}
		dst = append(dst, f.Name...)
		if !s.Enum && f.Value == n {
			break
		}
	}
	return dst
}

// ParseFlags parses names of flags of a parameter. If evtType is empty, the names must
// have the same values in all events with the parameter. ParseFlags returns false if the
// parameter has no flags. The error is a [*fieldsets.FieldError].
func ParseFlags(evtType, param, text string) (n uint64, ok bool, err error) {
	sets := allFlags().byParam[param]
	if evtType != "" {
		set, ok := FlagsOf(evtType, param)
		if !ok {
			return 0, false, nil
		}
		sets = []FlagSet{set}
	}
	unknown := 0
	for i, set := range sets {
		number, bad := set.Parse(text)
		switch {
		case bad != "" && len(sets) == 1:
			return 0, false, UnknownFlag(evtType, bad, set)
		case bad != "":
			unknown++
		case i > unknown && number != n:
			return 0, false, &fieldsets.FieldError{Msg: fmt.Sprintf("the value of %s depends on the event type", quote.Text(text)), Hint: addEventType}
		default:
			n = number
		}
	}
	switch {
	case len(sets) == 0:
		return 0, false, nil
	case unknown == len(sets):
		return 0, false, UnknownFlag("", text, sets...)
	case unknown > 0:
		return 0, false, &fieldsets.FieldError{Msg: fmt.Sprintf("%s is not a flag of all event types", quote.Text(text)), Hint: addEventType}
	}
	return n, true, nil
}

const addEventType = "add evt.type to the event"

// UnknownFlag returns the error about an unknown name of a flag. The evtType may be
// empty.
func UnknownFlag(evtType, name string, sets ...FlagSet) error {
	var names []string
	for _, s := range sets {
		names = slices.AppendSeq(names, s.names())
	}
	of := ""
	if evtType != "" {
		of = " of " + evtType
	}
	hint := suggest.Hint(name, slices.Values(names))
	if hint == "" {
		hint = "use a number or names of flags such as " + strings.Join(names[:min(2, len(names))], "|")
	}
	return &fieldsets.FieldError{Msg: fmt.Sprintf("unknown flag %s%s", quote.Text(name), of), Hint: hint}
}
