package serve

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
)

// Rejecter is an input that has a place for records without an event.
type Rejecter interface {
	events.Input
	// Reject keeps the record that Next returned last. The server calls it until it returns
	// no error.
	Reject(ctx context.Context, rec *events.Record, cause error) error
}

// read delivers the alerts of the events of an input, until the input ends.
func (s *Server) read(ctx context.Context, in events.Input) error {
	t := tracker{failed: func(err error) { s.log.Error("cannot acknowledge events", "error", err) }}
	t.acker, _ = in.(events.Acker)
	rejecter, _ := in.(Rejecter)
	for {
		if err := t.wait(ctx); err != nil {
			return err
		}
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
		res := new(result)
		if len(rec.Raw) > 0 {
			res = rs.evaluate(rec, false)
		}
		s.evaluated(rec, res)
		if rejecter != nil && res.events == 0 && len(res.problems) > 0 {
			if err := s.rejectWait(ctx, rejecter, rec, res.problems); err != nil {
				return err
			}
		}
		if err := s.keepWait(ctx, res.failures); err != nil {
			return err
		}
		if err := s.sink.sendWait(ctx, res.alerts, t.add(rec)); err != nil {
			return err
		}
		s.countAlerts(rs, res.alerts)
	}
}

// rejectWait rejects a record, and tries again until that works. It returns an error only if
// ctx is done.
func (s *Server) rejectWait(ctx context.Context, in Rejecter, rec *events.Record, cause error) error {
	for attempt := 0; ; attempt++ {
		err := in.Reject(ctx, rec, cause)
		if err == nil {
			return nil
		}
		s.log.Error("cannot write to the dead letters", "from", rec.Name, "error", err)
		if !defaultRetry.wait(ctx, attempt) {
			return ctx.Err()
		}
	}
}

// maxTracked limits the records that have been read and not been acknowledged, because those
// before them are still being processed.
const maxTracked = 100_000

// tracker acknowledges the records of an input in order.
type tracker struct {
	acker  events.Acker // or nil
	failed func(error)  // called when acker returns an error

	mu      sync.Mutex
	records []*tracked
	// room is closed when there is room for records, or nil if nobody waits.
	room chan struct{}
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

// wait waits until there is room for another record. It returns an error only if ctx is done.
func (t *tracker) wait(ctx context.Context) error {
	t.mu.Lock()
	if len(t.records) < maxTracked {
		t.mu.Unlock()
		return nil
	}
	room := make(chan struct{})
	t.room = room
	t.mu.Unlock()
	select {
	case <-room:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
	if t.room != nil && len(t.records) < maxTracked {
		close(t.room)
		t.room = nil
	}
}
