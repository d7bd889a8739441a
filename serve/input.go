package serve

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
)

// read delivers the alerts of the events of an input, until the input ends.
func (s *Server) read(ctx context.Context, in events.Input) error {
	t := tracker{failed: func(err error) { s.log.Error("cannot acknowledge events", "error", err) }}
	t.acker, _ = in.(events.Acker)
	for {
		rec, err := in.Next(ctx)
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return nil
		case diag.Has(err):
			s.metrics.invalid.Inc()
			s.report("", diag.Of(err))
			continue
		default:
			return err
		}
		rs := s.rules.Load()
		res := rs.evaluate(rec, false)
		s.evaluated(rec, res)
		if err := s.keepWait(ctx, res.failures); err != nil {
			return err
		}
		if err := s.sink.sendWait(ctx, res.alerts, t.add(rec)); err != nil {
			return err
		}
		s.countAlerts(rs, res.alerts)
	}
}

// tracker acknowledges the records of an input in order.
type tracker struct {
	acker  events.Acker // or nil
	failed func(error)  // called when acker returns an error

	mu      sync.Mutex
	records []*tracked
}

type tracked struct {
	rec  events.Record // without text
	done bool
}

// add returns a function to call when a record has been processed.
func (t *tracker) add(rec *events.Record) func() {
	if t.acker == nil {
		return func() {}
	}
	r := &tracked{rec: *rec}
	r.rec.Raw = nil
	t.mu.Lock()
	defer t.mu.Unlock()
	t.records = append(t.records, r)
	return func() { t.finish(r) }
}

func (t *tracker) finish(r *tracked) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.done = true
	for len(t.records) > 0 && t.records[0].done {
		if err := t.acker.Ack(&t.records[0].rec); err != nil {
			t.failed(err)
		}
		t.records = t.records[1:]
	}
}
