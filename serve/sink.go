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
	// large is held while send waits for an empty queue.
	large sync.Mutex
}

// send adds alerts to the queues of their outputs, or to none of them if one is full, and
// returns errFull. It calls done when all outputs have written all alerts. If the alerts are
// larger than a queue, it waits until that is empty, because there would never be room for
// them. Only one call does that at a time, because its alerts take memory meanwhile.
func (s *sink) send(ctx context.Context, alerts []routed, done func()) error {
	if s.try(alerts, done) {
		return nil
	}
	if !s.exceedsQueue(alerts) || !s.large.TryLock() {
		return errFull
	}
	defer s.large.Unlock()
	return s.wait(ctx, alerts, done)
}

// exceedsQueue reports whether alerts are larger than the queue of one of their outputs.
func (s *sink) exceedsQueue(alerts []routed) bool {
	for i, list := range s.divide(alerts, anyAlert) {
		if sizeOf(list) > s.queues[i].limit {
			return true
		}
	}
	return false
}

// sendWait is like send, but always waits for room. It returns an error only if ctx is done.
func (s *sink) sendWait(ctx context.Context, alerts []routed, done func()) error {
	if s.try(alerts, done) {
		return nil
	}
	return s.wait(ctx, alerts, done)
}

// wait waits for room for all alerts, even if the limiter may not pass all of them, and adds
// those that it passes.
func (s *sink) wait(ctx context.Context, alerts []routed, done func()) error {
	wanted := s.divide(alerts, anyAlert)
	for i, q := range s.queues {
		if len(wanted[i]) == 0 {
			continue
		}
		if err := q.reserveWait(ctx, sizeOf(wanted[i])); err != nil {
			s.release(wanted[:i])
			return err
		}
	}
	s.mu.Lock()
	d := s.put(alerts, wanted, done)
	s.mu.Unlock()
	d.finish(1)
	return nil
}

func anyAlert(*routed) bool { return true }

// try adds alerts to the queues, or returns false if one of them is full.
//
// An alert must not count as written by the limiter before it is in the queues: otherwise
// the next attempt would take it for a duplicate.
func (s *sink) try(alerts []routed, done func()) bool {
	d := s.tryPut(alerts, done)
	if d == nil {
		return false
	}
	d.finish(1)
	return true
}

// tryPut is like put, but returns nil if a queue is full.
func (s *sink) tryPut(alerts []routed, done func()) *delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	// These are at least the alerts that are passed by put.
	wanted := s.divide(alerts, func(r *routed) bool {
		return s.limiter.Check(&r.taken, r.alert.ID, r.alert.Time) == route.Passed
	})
	for i, q := range s.queues {
		if len(wanted[i]) > 0 && !q.reserve(sizeOf(wanted[i])) {
			s.release(wanted[:i])
			return nil
		}
	}
	return s.put(alerts, wanted, done)
}

// put adds those alerts to the queues that the limiter passes. There must be room for all
// that are wanted. The caller holds mu. Without it, it then calls finish(1): done can write to
// a disk, which must not keep others from sending.
func (s *sink) put(alerts []routed, wanted [][]*Alert, done func()) *delivery {
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
		// It can be negative, if another route than the first one redacts less.
		if surplus := sizeOf(wanted[i]) - sizeOf(given[i]); surplus != 0 {
			q.release(surplus)
		}
		n += len(given[i])
	}
	d := &delivery{done: func() {
		for i := range passed {
			s.limiter.Written(passed[i].taken.Route, passed[i].alert.ID)
		}
		done()
	}}
	d.left.Store(int64(n) + 1)
	for i, q := range s.queues {
		if len(given[i]) > 0 {
			q.put(given[i], d)
		}
	}
	return d
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

// release gives back the room for alerts in the first queues.
func (s *sink) release(lists [][]*Alert) {
	for i, list := range lists {
		if len(list) > 0 {
			s.queues[i].release(sizeOf(list))
		}
	}
}

func sizeOf(alerts []*Alert) int {
	size := 0
	for _, a := range alerts {
		size += a.size()
	}
	return size
}
