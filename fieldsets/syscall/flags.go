package syscall

import (
	_ "embed" // the table
	"strconv"
	"strings"
	"sync"
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

// parse reads names of flags: O_RDWR|O_CREAT.
func (s flagSet) parse(text string) (uint64, bool) {
	var n uint64
	for name := range strings.SplitSeq(text, "|") {
		found := false
		for _, f := range s.flags {
			if f.name == strings.TrimSpace(name) {
				n, found = n|f.value, true
				break
			}
		}
		if !found {
			return 0, false
		}
	}
	return n, true
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

// parseFlags reads names of flags of a parameter, whatever the event.
func parseFlags(param, text string) (uint64, bool) {
	for _, set := range allFlags().byParam[param] {
		if n, ok := set.parse(text); ok {
			return n, true
		}
	}
	return 0, false
}
