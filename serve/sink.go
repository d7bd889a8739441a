package serve

// sink delivers alerts to all outputs.
type sink struct{ queues []*queue }

// send adds alerts to all queues, or to none of them if one is full, and returns errFull.
// The delivery is done when all outputs have written all alerts.
func (s *sink) send(alerts []*Alert) (*delivery, error) {
	if !s.reserve(alerts) {
		return nil, errFull
	}
	return s.put(alerts), nil
}

// put adds alerts, for which room has been reserved, to all queues.
func (s *sink) put(alerts []*Alert) *delivery {
	d := newDelivery(len(alerts), len(s.queues))
	for _, q := range s.queues {
		q.put(alerts, d)
	}
	return d
}

// reserve makes room for alerts in all queues, or in none if one of them is full.
func (s *sink) reserve(alerts []*Alert) bool {
	size := 0
	for _, a := range alerts {
		size += a.size()
	}
	for i, q := range s.queues {
		if q.reserve(size) {
			continue
		}
		for _, reserved := range s.queues[:i] {
			reserved.release(size)
		}
		return false
	}
	return true
}
