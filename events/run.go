package events

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events/internal/ordered"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

// Visitor handles an event, appends output for it to out, and returns the result. The
// event is valid until the Visitor returns. An error ends [Run]; a Visitor that returns
// one may return nil instead of out.
type Visitor func(ev *fieldsets.Event, out []byte) ([]byte, error)

// ErrStop is returned by a [Visitor] to end [Run] without an error, after the output
// for all events up to the current one has been written.
var ErrStop = errors.New("stop")

// Options are the options of [Run]. NewDecoder and NewVisitor are required.
type Options struct {
	// NewDecoder and NewVisitor are called once on each goroutine that handles
	// events.
	NewDecoder func() Decoder
	NewVisitor func() Visitor
	// Jobs is the number of these goroutines, at most 256. If it is 0 or less, there
	// is one for each processor.
	Jobs int
	// Sequential uses a single goroutine, so that events are numbered in order. Rules
	// with evt.num or evt.reltime need it.
	Sequential bool
	// Output receives the output of the visitors in the order of the events. It is
	// flushed whenever Run has to wait for more. Nil discards the output.
	Output io.Writer
	// Report, if not nil, receives diagnostics about anything that cannot be read, in
	// the order of the input. Run calls it on its own goroutine.
	Report func(*diag.Diagnostic)
	// Progress, if not nil, receives the current counts from time to time. Run calls
	// it on its own goroutine.
	Progress func(Stats)
}

// Stats are counts of [Run].
type Stats struct {
	// Events is the number of events. BadEvents is the number of diagnostics about
	// single events, BadInputs of those about inputs that were not read to the end.
	Events    int64 `json:"events"`
	BadEvents int64 `json:"bad_events"`
	BadInputs int64 `json:"bad_inputs"`
}

// String returns the counts in words: "3 events, 1 bad event, 0 bad inputs".
func (s Stats) String() string {
	return quote.Count(s.Events, "event") + ", " + quote.Count(s.BadEvents, "bad event") + ", " + quote.Count(s.BadInputs, "bad input")
}

// Count adds a diagnostic to BadInputs or BadEvents.
func (s *Stats) Count(d *diag.Diagnostic) {
	if d.Code == BadInput {
		s.BadInputs++
	} else {
		s.BadEvents++
	}
}

// Run reads an input to its end, decodes and visits its events on several goroutines,
// and closes the input.
//
// When ctx is done, Run stops reading, finishes the records it has read, and returns
// the error of ctx. It does not wait for a blocked call of in.Next; the input is then
// closed when that call returns. Run also returns errors of the input, of a decoder or
// visitor, and of Output.
func Run(ctx context.Context, in Input, o Options) (Stats, error) {
	if o.NewDecoder == nil || o.NewVisitor == nil {
		in.Close()
		return Stats{}, errors.New("events: Options needs NewDecoder and NewVisitor")
	}
	r := &runner{options: o, in: in, out: bufio.NewWriterSize(output(o.Output), 64<<10)}
	r.acker, _ = in.(Acker)
	r.work = ordered.New(o.jobs(), func() func(*batch, func(*result)) {
		return newWorker(o.NewDecoder(), o.NewVisitor(), &r.results).handle
	})
	defer r.work.Stop()
	go r.read(ctx)
	err := r.write(ctx)
	if err := r.out.Flush(); err != nil { // also returns errors of earlier writes
		return r.stats, fmt.Errorf("writing the results: %w", err)
	}
	if errors.Is(err, ErrStop) {
		err = nil
	}
	return r.stats, err
}

// maxJobs limits the memory for goroutines and their batches.
const maxJobs = 256

func (o *Options) jobs() int {
	switch {
	case o.Sequential:
		return 1
	case o.Jobs > 0:
		return min(o.Jobs, maxJobs)
	}
	return runtime.GOMAXPROCS(0)
}

func output(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// runner is one call of [Run].
type runner struct {
	options Options
	in      Input
	acker   Acker // in, if it is one
	work    *ordered.Pool[*batch, *result]
	batches sync.Pool // of *batch
	results sync.Pool // of *result
	out     *bufio.Writer
	stats   Stats
}

// read submits the records of the input in batches.
func (r *runner) read(ctx context.Context) {
	defer r.work.Done()
	defer r.in.Close()
	b := r.batch()
	submit := func() bool {
		if b.empty() {
			return true
		}
		ok := r.work.Submit(b)
		b = r.batch()
		return ok
	}
	waiter, waits := r.in.(Waiter)
	if waits {
		waiter.BeforeWait(func() { submit() })
	}
	for {
		rec, err := r.in.Next(ctx)
		switch {
		case err == nil:
			b.add(rec)
		case errors.Is(err, io.EOF) || ctx.Err() != nil:
			submit()
			return
		case !diag.Has(err):
			b.fail(err)
			submit()
			return
		default:
			b.fail(err)
		}
		if (!waits || b.full()) && !submit() {
			return
		}
	}
}

func (r *runner) batch() *batch {
	if b, ok := r.batches.Get().(*batch); ok {
		return b
	}
	return new(batch)
}

// write writes all results and flushes the output whenever it has to wait.
func (r *runner) write(ctx context.Context) error {
	for {
		res, ok := r.work.Next(ctx)
		if !ok {
			return ctx.Err()
		}
		if err := r.take(res); err != nil {
			return err
		}
		if r.work.Idle() {
			if err := r.out.Flush(); err != nil {
				return err
			}
		}
	}
}

// take counts and reports a result and writes its output.
func (r *runner) take(res *result) error {
	r.stats.Events += res.events
	for _, d := range res.problems {
		r.stats.Count(d)
		if r.options.Report != nil {
			r.options.Report(d)
		}
	}
	if r.options.Progress != nil {
		r.options.Progress(r.stats)
	}
	if _, err := r.out.Write(res.out); err != nil {
		return err
	}
	if res.err != nil {
		return res.err
	}
	if res.last {
		if err := r.done(res.batch); err != nil {
			return err
		}
	}
	res.reset()
	r.results.Put(res)
	return nil
}

// done acknowledges the records of a batch after its output has been written.
func (r *runner) done(b *batch) error {
	if r.acker != nil {
		if err := r.out.Flush(); err != nil {
			return err
		}
		for i := range b.items {
			if b.items[i].err != nil {
				continue
			}
			if err := r.acker.Ack(&b.items[i].Record); err != nil {
				return err
			}
		}
	}
	b.reset()
	r.batches.Put(b)
	return nil
}
