package loader

import (
	"runtime"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/parser"
)

// parsedAhead is a condition with the lists put in and, where done says so, what it
// was parsed to.
type parsedAhead struct {
	given text
	withLists
	parsed
	done bool
}

// maxAhead is the number of bytes of conditions that are parsed ahead.
const maxAhead = 8 << 20

// parseAhead parses, on all processors, the conditions that are new, since that is
// most of the work and hangs on nothing else.
func (r *resolver) parseAhead() {
	r.ahead = map[parseKey]*parsedAhead{}
	var jobs []*parsedAhead
	size := 0
	add := func(t text, item []Location) {
		of := item[len(item)-1]
		key := parseKey{of.Type, of.Name, t.value}
		if size >= maxAhead || r.ahead[key] != nil {
			return
		}
		a := &parsedAhead{given: t, withLists: r.putLists(t)}
		r.ahead[key] = a
		size += len(a.text.value)
		if _, known := r.parses[parseKey{of.Type, of.Name, a.text.value}]; !known && !a.tooLarge {
			jobs = append(jobs, a)
		}
	}
	for _, def := range r.loading.macros.items {
		add(def.condition, def.context)
	}
	for _, def := range r.loading.rules.items {
		// Values of exceptions are looked at first, each time.
		if !def.unknownSource && !slices.ContainsFunc(def.exceptions, func(e *exception) bool { return len(e.values) > 0 }) {
			add(withExceptions(def), def.context)
		}
	}
	var wait sync.WaitGroup
	next := make(chan *parsedAhead)
	for range min(len(jobs), runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for a := range next {
				a.expr, a.err = parser.Condition(a.text.value)
				a.done = true
			}
		})
	}
	for _, a := range jobs {
		next <- a
	}
	close(next)
	wait.Wait()
}
