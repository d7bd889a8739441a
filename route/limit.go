package route

import (
	"crypto/sha256"
	"sync"
	"time"
)

// key identifies the alerts that are duplicates of each other.
type key [16]byte

func keyOf(text []byte) key {
	sum := sha256.Sum256(text)
	return key(sum[:16])
}

// Outcome says what happens to an alert that a route took.
type Outcome uint8

// The outcomes.
const (
	// Passed means that the alert is to be written.
	Passed Outcome = iota
	// Dropped means that the route has Drop.
	Dropped
	// Duplicate means that a similar alert was written before.
	Duplicate
	// RateLimited means that there were too many alerts.
	RateLimited
)

// String returns passed, dropped, duplicate or rate_limited.
func (o Outcome) String() string {
	return [...]string{"passed", "dropped", "duplicate", "rate_limited"}[o]
}

// Limiter applies [Route.Deduplicate] and [Route.RateLimit]. The zero Limiter is ready for
// use, and it is safe for concurrent use.
//
// Until Written is called for an alert, Pass lets an alert with the same ID pass again. So if
// an alert could not be written and its event arrives again, it is not left out as a duplicate
// of itself.
//
// A Limiter keeps its state in memory only, so an alert can be written once more after a
// restart.
type Limiter struct {
	mu     sync.Mutex
	routes map[*Route]*limits
}

// limits are the limits of a route.
type limits struct {
	seen    windows
	rate    window
	pending map[string]int // alerts that have not been written, by ID
}

// window is a period that begins with an alert.
type window struct {
	start  time.Time
	alerts int
}

// has reports whether a time is in the window, or less than its length before.
func (w *window) has(t time.Time, length time.Duration) bool {
	return w.alerts > 0 && t.Sub(w.start).Abs() < length
}

// Check returns what Pass would return, and changes nothing.
func (l *Limiter) Check(t *Taken, id string, at time.Time) Outcome {
	return l.outcome(t, id, at, false)
}

// Pass returns what happens to the alert with an ID, whose event has the given time. If the
// result is [Passed], the caller calls Written when the alert has been written.
func (l *Limiter) Pass(t *Taken, id string, at time.Time) Outcome {
	return l.outcome(t, id, at, true)
}

func (l *Limiter) outcome(t *Taken, id string, at time.Time, pass bool) Outcome {
	r := t.Route
	switch {
	case r.Drop:
		return Dropped
	case !r.isLimited():
		return Passed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.routes[r]
	if s == nil {
		s = &limits{pending: map[string]int{}}
		if l.routes == nil {
			l.routes = map[*Route]*limits{}
		}
		l.routes[r] = s
	}
	if s.pending[id] == 0 {
		if r.Deduplicate.For > 0 && s.seen.has(t.key, at, r.Deduplicate.For) {
			return Duplicate
		}
		inRate := s.rate.has(at, r.RateLimit.Per)
		if inRate && s.rate.alerts >= r.RateLimit.Alerts {
			return RateLimited
		}
		if pass && r.RateLimit.Per > 0 {
			if !inRate {
				s.rate = window{start: at}
			}
			s.rate.alerts++
		}
		if pass && r.Deduplicate.For > 0 {
			s.seen.add(t.key, at)
		}
	}
	if pass {
		s.pending[id]++
	}
	return Passed
}

// Written records that an alert has been written for which Pass returned [Passed].
func (l *Limiter) Written(r *Route, id string) {
	if !r.isLimited() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.routes[r]
	if s == nil {
		return
	}
	if s.pending[id]--; s.pending[id] <= 0 {
		delete(s.pending, id)
	}
}

// isLimited reports whether a limiter needs to know the alerts of the route.
func (r *Route) isLimited() bool { return r.Deduplicate.For > 0 || r.RateLimit.Per > 0 }

// maxWindows limits how many different alerts a route remembers. If there are more, the
// oldest ones are forgotten and can be written again.
const maxWindows = 100_000

// windows has the window of each alert, in two generations of which the older one is
// dropped when the newer one is full.
type windows struct{ older, newer map[key]time.Time }

func (w *windows) has(k key, at time.Time, length time.Duration) bool {
	start, ok := w.newer[k]
	if !ok {
		start, ok = w.older[k]
	}
	return ok && at.Sub(start).Abs() < length
}

func (w *windows) add(k key, at time.Time) {
	if w.newer == nil || len(w.newer) >= maxWindows/2 {
		w.older, w.newer = w.newer, map[key]time.Time{}
	}
	w.newer[k] = at
}
