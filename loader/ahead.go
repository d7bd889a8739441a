package loader

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/falcorules/falcorules/parser"
)

// parsedAhead is a condition with the lists put in and, once ready is closed, what
// it was parsed to. A condition that is not parsed ahead has no ready.
type parsedAhead struct {
	given text
	withLists
	parsed
	ready chan struct{}
}

// maxAhead is the number of bytes of conditions that are parsed ahead.
const maxAhead = 8 << 20

// parseAhead begins to parse, on all processors, the conditions that are new, since
// that is most of the work and hangs on nothing else. What is not wanted any more
// when stop is called is not parsed.
func (r *resolver) parseAhead() (stop func()) {
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
			a.ready = make(chan struct{})
			jobs = append(jobs, a)
		}
	}
	for _, def := range r.loading.macros.items {
		add(def.condition.text(), def.context)
	}
	for _, def := range r.loading.rules.items {
		// Values of exceptions are looked at first, each time.
		if !def.unknownSource && !slices.ContainsFunc(def.exceptions, func(e *exception) bool { return len(e.values) > 0 }) {
			add(withExceptions(def), def.context)
		}
	}
	var (
		next    atomic.Int64
		workers sync.WaitGroup
	)
	for range min(len(jobs), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := next.Add(1); i <= int64(len(jobs)); i = next.Add(1) {
				a := jobs[i-1]
				a.expr, a.err = parser.Condition(a.text.value)
				close(a.ready)
			}
		})
	}
	return func() {
		next.Store(int64(len(jobs)))
		workers.Wait()
	}
}
