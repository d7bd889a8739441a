package loader

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/falcorules/falcorules/parser"
)

// parsedAhead is a condition with the lists expanded. One that is not parsed ahead has no
// job.
type parsedAhead struct {
	given text
	withLists
	job *parseJob
}

// parseJob is a text and, once ready is closed, what it was parsed to.
type parseJob struct {
	parsed
	ready chan struct{}
}

// maxAhead is the number of words of conditions that are parsed ahead.
const maxAhead = 200_000

// parseAhead begins to parse, on all processors, the conditions that are new, since
// that is most of the work and hangs on nothing else. What is not wanted any more
// when stop is called is not parsed.
func (r *resolver) parseAhead() (stop func()) {
	r.ahead = map[parseKey]*parsedAhead{}
	var jobs []*parseJob
	byKey := map[parseKey]*parseJob{}
	words := 0
	add := func(t text, item []Location) {
		key := keyOf(item, t)
		if words >= maxAhead || r.ahead[key] != nil {
			return
		}
		a := &parsedAhead{given: t, withLists: r.putLists(t)}
		r.ahead[key] = a
		key = keyOf(item, a.text)
		if _, known := r.parses[key]; known || a.problem != "" {
			return
		}
		if a.job = byKey[key]; a.job == nil {
			if words += wordsIn(a.text.value); words >= maxAhead {
				return
			}
			a.job = &parseJob{ready: make(chan struct{})}
			a.job.text = a.text.value
			byKey[key] = a.job
			jobs = append(jobs, a.job)
		}
	}
	if r.again {
		return func() {}
	}
	for _, def := range r.loading.macros.items[len(r.all):] {
		add(def.condition.text(), def.context)
	}
	for _, def := range r.loading.rules.items[r.ruled:] {
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
				job := jobs[i-1]
				job.expr, job.err = parser.Condition(job.text)
				close(job.ready)
			}
		})
	}
	return func() {
		next.Store(int64(len(jobs)))
		workers.Wait()
	}
}
