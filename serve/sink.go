package serve

import "context"

// sink delivers alerts to all outputs.
type sink struct{ queues []*queue }

// send adds alerts to all queues, or to none of them if one is full, and returns errFull.
// It calls done when all outputs have written all alerts.
func (s *sink) send(alerts []*Alert, done func()) error {
	if s.reserve(alerts) != nil {
		return errFull
	}
	s.put(alerts, done)
	return nil
}

// sendWait is like send, but waits for room. It returns an error only if ctx is done.
func (s *sink) sendWait(ctx context.Context, alerts []*Alert, done func()) error {
	for {
		changed := s.reserve(alerts)
		if changed == nil {
			s.put(alerts, done)
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// put adds alerts, for which room has been reserved, to all queues.
func (s *sink) put(alerts []*Alert, done func()) {
	d := newDelivery(len(alerts), len(s.queues), done)
	for _, q := range s.queues {
		q.put(alerts, d)
	}
}

// reserve makes room for alerts in all queues. If one of them is full, it makes no room,
// and returns a channel that is closed when that queue changes.
func (s *sink) reserve(alerts []*Alert) <-chan struct{} {
	size := 0
	for _, a := range alerts {
		size += a.size()
	}
	for i, q := range s.queues {
		changed := q.waiting()
		if q.reserve(size) {
			continue
		}
		for _, reserved := range s.queues[:i] {
			reserved.release(size)
		}
		return changed
	}
	return nil
}
