package syscall

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

// flag is a flag of a parameter, or one of its values.
type flag struct {
	name  string
	value uint64
}

// flagSet is the flags of a parameter.
type flagSet struct {
	flags []flag
	enum  bool // of which there is one at a time
}

// flagSets are the flags by event type and parameter, and of parameters alone,
// several where events differ.
type flagSets struct {
	byEvent map[[2]string]flagSet
	byParam map[string][]flagSet
}

var allFlags = sync.OnceValue(func() flagSets {
	var tables [][]flag
	sets := flagSets{map[[2]string]flagSet{}, map[string][]flagSet{}}
	number := func(text string) uint64 {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			panic("syscall: flags.txt: " + err.Error())
		}
		return n
	}
	for line := range strings.Lines(flagTable) {
		words := strings.Fields(line)
		switch words[0] {
		case "table":
			var flags []flag
			for _, w := range words[2:] {
				name, value, _ := strings.Cut(w, "=")
				flags = append(flags, flag{name, number(value)})
			}
			tables = append(tables, flags)
		case "param":
			set := flagSet{tables[number(words[3])], len(words) > 4}
			sets.byEvent[[2]string{words[1], words[2]}] = set
			sets.byParam[words[2]] = append(sets.byParam[words[2]], set)
		}
	}
	return sets
})

// flagsOf returns the flags of a parameter of an event type.
func flagsOf(evtType, param string) (flagSet, bool) {
	set, ok := allFlags().byEvent[[2]string{evtType, param}]
	return set, ok
}

// parse reads names of flags: O_RDWR|O_CREAT. It returns the first name that is
// none, if any.
func (s flagSet) parse(text string) (n uint64, bad string) {
	for name := range strings.SplitSeq(text, "|") {
		i := slices.IndexFunc(s.flags, func(f flag) bool { return f.name == strings.TrimSpace(name) })
		if i < 0 {
			return 0, name
		}
		n |= s.flags[i].value
	}
	return n, ""
}

// names returns the names of the flags.
func (s flagSet) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range s.flags {
			if !yield(f.name) {
				return
			}
		}
	}
}

// appendNames appends the names of the flags in n, as Falco prints them: each
// takes its bits away from those that come behind it.
func (s flagSet) appendNames(dst []byte, n uint64) []byte {
	left, start := n, len(dst)
	for _, f := range s.flags {
		has := f.value == n
		if !s.enum && !(f.value == 0 && n == 0) {
			has = f.value != 0 && left&f.value == f.value
		}
		if !has {
			continue
		}
		left &^= f.value
		if len(dst) > start {
			dst = append(dst, '|')
		}
		dst = append(dst, f.name...)
		if !s.enum && f.value == n {
			break
		}
	}
	return dst
}

// parseFlags reads names of flags of a parameter. Where the type of the event is
// not known, they must mean the same in all events that have the parameter.
// False says that it has no flags.
func parseFlags(evtType, param, text string) (n uint64, ok bool, err error) {
	sets := allFlags().byParam[param]
	if evtType != "" {
		set, ok := flagsOf(evtType, param)
		if !ok {
			return 0, false, nil
		}
		sets = []flagSet{set}
	}
	unknown := 0
	for i, set := range sets {
		number, bad := set.parse(text)
		switch {
		case bad != "" && len(sets) == 1:
			return 0, false, unknownFlag(evtType, bad, set)
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
		return 0, false, unknownFlag("", text, sets...)
	case unknown > 0:
		return 0, false, fmt.Errorf("is %s, which is not a flag in all events; give evt.type too", quote.Text(text))
	}
	return n, true, nil
}

// unknownFlag is the error about the name of a flag that there is not.
func unknownFlag(evtType, name string, sets ...flagSet) error {
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
