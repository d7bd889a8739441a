package names

import (
	_ "embed" // the table
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
)

//go:embed flags.txt
var flagTable string

// Flag is a flag of a parameter, or one of its values.
type Flag struct {
	Name  string
	Value uint64
}

// FlagSet is the flags of a parameter.
type FlagSet struct {
	Flags []Flag
	// Enum says that the parameter has one of the values at a time.
	Enum bool
}

// flagSets are the flags by event type and parameter, and of parameters alone,
// several where events differ.
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

// Parse reads names of flags: O_RDWR|O_CREAT. It returns the first name that is
// none, if any.
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

// names returns the names of the flags.
func (s FlagSet) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range s.Flags {
			if !yield(f.Name) {
				return
			}
		}
	}
}

// AppendNames appends the names of the flags in n, as Falco prints them: each
// takes its bits away from those that come behind it.
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

// ParseFlags reads names of flags of a parameter. Where the type of the event is
// not known, they must mean the same in all events that have the parameter.
// False says that it has no flags.
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
			return 0, false, fmt.Errorf("is %s, which is not the same in all events; give evt.type too", quote.Text(text))
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
		return 0, false, fmt.Errorf("is %s, which is not a flag in all events; give evt.type too", quote.Text(text))
	}
	return n, true, nil
}

// UnknownFlag is the error about the name of a flag that there is not.
func UnknownFlag(evtType, name string, sets ...FlagSet) error {
	var names []string
	for _, s := range sets {
		names = slices.AppendSeq(names, s.names())
	}
	of := ""
	if evtType != "" {
		of = " of " + evtType
	}
	msg := fmt.Sprintf("is a number or names of flags such as %s, and %s is none%s", strings.Join(names[:min(2, len(names))], "|"), quote.Text(name), of)
	if hint := suggest.Hint(name, slices.Values(names)); hint != "" {
		msg += "; " + hint
	}
	return errors.New(msg)
}
