package serve

import (
	"context"
	"sync"

	"github.com/falcorules/falcorules/route"
)

// routed is an alert as a route writes it.
type routed struct {
	// taken has the route. Its Match is not valid any more.
	taken route.Taken
	alert *Alert
	// number counts the alerts of a record from 1. It is the same for all routes of an
	// alert.
	number int
}

// sink delivers alerts to the outputs of their routes.
type sink struct {
	queues  []*queue
	limiter route.Limiter
	// count counts what becomes of the alerts of a route.
	count func(r *route.Route, o route.Outcome)
	// mu is held from asking the limiter until the alerts are in the queues.
	mu sync.Mutex
}

// send adds alerts to the queues of their outputs, or to none of them if one is full, and
// returns errFull. It calls done when all outputs have written all alerts.
func (s *sink) send(alerts []routed, done func()) error {
	if s.try(alerts, done) != nil {
		return errFull
	}
	return nil
}

// sendWait is like send, but waits for room. It returns an error only if ctx is done.
func (s *sink) sendWait(ctx context.Context, alerts []routed, done func()) error {
	for {
		changed := s.try(alerts, done)
		if changed == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// try adds alerts to the queues. If one of them is full, it adds nothing, and returns a
// channel that is closed when that queue changes.
//
// An alert must not count as written by the limiter before it is in the queues: otherwise
// the next attempt would take it for a duplicate.
func (s *sink) try(alerts []routed, done func()) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	// These are at least the alerts that are passed below.
	wanted := s.divide(alerts, func(r *routed) bool {
		return s.limiter.Check(&r.taken, r.alert.ID, r.alert.Time) == route.Passed
	})
	if changed := s.reserve(wanted); changed != nil {
		return changed
	}
	var passed []routed
	given := s.divide(alerts, func(r *routed) bool {
		outcome := s.limiter.Pass(&r.taken, r.alert.ID, r.alert.Time)
		s.count(r.taken.Route, outcome)
		if outcome == route.Passed {
			passed = append(passed, *r)
		}
		return outcome == route.Passed
	})
	n := 0
	for i, q := range s.queues {
		if surplus := sizeOf(wanted[i]) - sizeOf(given[i]); surplus > 0 {
			q.release(surplus)
		}
		n += len(given[i])
	}
	d := newDelivery(n, func() {
		for i := range passed {
			s.limiter.Written(passed[i].taken.Route, passed[i].alert.ID)
		}
		done()
	})
	for i, q := range s.queues {
		if len(given[i]) > 0 {
			q.put(given[i], d)
		}
	}
	return nil
}

// divide returns the alerts for each queue. If several routes give an alert to an output, the
// first one decides how it is written, and whether.
func (s *sink) divide(alerts []routed, pass func(*routed) bool) [][]*Alert {
	lists := make([][]*Alert, len(s.queues))
	decided := make([]int, len(s.queues)) // the number of the last alert
	for i := range alerts {
		r := &alerts[i]
		passed := pass(r)
		for _, name := range r.taken.Route.To {
			q := s.index(name)
			if decided[q] == r.number {
				continue
			}
			if decided[q] = r.number; passed {
				lists[q] = append(lists[q], r.alert)
			}
		}
	}
	return lists
}

// index returns the index of the queue of an output, which exists.
func (s *sink) index(output string) int {
	for i, q := range s.queues {
		if q.name == output {
			return i
		}
	}
	return -1
}

// reserve makes room for alerts in each queue. If one of them is full, it makes no room,
// and returns a channel that is closed when that queue changes.
func (s *sink) reserve(lists [][]*Alert) <-chan struct{} {
	for i, q := range s.queues {
		changed := q.waiting()
		if len(lists[i]) == 0 || q.reserve(sizeOf(lists[i])) {
			continue
		}
		for j, reserved := range s.queues[:i] {
			if len(lists[j]) > 0 {
				reserved.release(sizeOf(lists[j]))
			}
		}
		return changed
	}
	return nil
}

func sizeOf(alerts []*Alert) int {
	size := 0
	for _, a := range alerts {
		size += a.size()
	}
	return size
}
