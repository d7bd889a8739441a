package main

import (
	"bufio"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/eventfile"
	"github.com/falcorules/falcorules/internal/ordered"
)

// feed reads events, deals with them on several goroutines and writes what comes
// of them, in the order of the events, until the inputs end or the command is
// interrupted.
type feed struct {
	cmd     *cobra.Command
	flags   *sourceFlags
	sources *eventSources
	// workers is how many goroutines deal with events.
	workers int
	// newVisitor returns what deals with events on one goroutine.
	newVisitor func() visitor
	// events makes the events of the only worker; nil makes as many as needed.
	events *eventfile.Decoder
	// sum, if there is one, gets each outcome in turn, and end writes what
	// comes last.
	sum func(*outcome)
	end func(io.Writer)

	out    *bufio.Writer
	stderr io.Writer
	// read counts events, for the progress display too; badEvents and badFiles
	// count what could not be read.
	read                atomic.Int64
	badEvents, badFiles int
	// unidentified counts audit events without an auditID.
	unidentified int64
	interrupted  bool
}

// visitor deals with an event and adds what comes of it to o.
type visitor func(ev *fieldsets.Event, o *outcome)

// pool is the work of a feed.
type pool = ordered.Pool[*batch, *outcome]

// run deals with all events of the inputs. If it is interrupted it stops reading,
// writes what comes last and returns errInterrupted.
func (f *feed) run(inputs []string) error {
	defer handleInterrupt(f.cmd.Context())()
	if err := refuseOwnOutput(f.cmd.OutOrStdout(), inputs); err != nil {
		return err
	}
	show := startProgress(f.cmd.ErrOrStderr(), f.cmd.InOrStdin(), inputs, f.read.Load)
	f.out = bufio.NewWriterSize(show.under(f.cmd.OutOrStdout()), 64<<10)
	f.stderr = show.under(f.cmd.ErrOrStderr())

	batches := &sync.Pool{New: func() any { return new(batch) }}
	outcomes := &sync.Pool{New: func() any { return &outcome{idle: map[string]int64{}} }}
	work := ordered.New(max(f.workers, 1), func() func(*batch, func(*outcome)) {
		w, visit := newWorker(f.decoder(), outcomes), f.newVisitor()
		return func(b *batch, emit func(*outcome)) {
			w.do(b, visit, emit)
			batches.Put(b)
		}
	})
	defer work.Stop()
	// The reader may still wait for input when the rest is over.
	s := &splitter{limit: f.flags.maxEventSize, stdin: f.cmd.InOrStdin(), bytes: &show.bytes, work: work, batches: batches}
	go s.files(inputs)

	err := f.write(work, outcomes)
	show.finish()
	if err != nil {
		return err
	}
	if f.end != nil {
		f.end(f.out)
	}
	if err := f.out.Flush(); err != nil {
		return writeError(err)
	}
	return f.result()
}

// decoder returns what makes events on one goroutine.
func (f *feed) decoder() *eventfile.Decoder {
	if f.events != nil {
		return f.events
	}
	return eventfile.NewDecoder(eventfile.Options{
		Stream: stream(), Fixtures: f.sources.fixtures, Source: f.flags.source, Default: f.flags.fixtureSource(),
		MaxEventSize: f.flags.maxEventSize, Strict: f.flags.strictGiven,
	})
}

// write writes all outcomes, and as soon as there is nothing more to write makes
// sure that it can be seen.
func (f *feed) write(work *pool, outcomes *sync.Pool) error {
	for {
		o, ok := work.Next(f.cmd.Context())
		if !ok {
			f.interrupted = f.cmd.Context().Err() != nil
			return nil
		}
		f.add(o)
		if _, err := f.out.Write(o.out); err != nil {
			return writeError(err)
		}
		if o.last {
			return nil
		}
		outcomes.Put(o)
		if work.Idle() {
			if err := f.out.Flush(); err != nil {
				return writeError(err)
			}
		}
	}
}

// maxReported is how many unreadable events of a file are reported one by one.
const maxReported = 100

// add counts an outcome and reports what is wrong.
func (f *feed) add(o *outcome) {
	f.read.Add(o.events)
	f.badEvents += len(o.problems)
	f.unidentified += o.unidentified
	for _, p := range o.problems {
		if o.file.reported++; o.file.reported <= maxReported {
			say(f.stderr, "%s:%d:%d: %s", o.file.name, p.Line, p.Column, p.Msg)
		}
		if o.file.reported == maxReported {
			say(f.stderr, "%s: what else cannot be read in this file is only counted", o.file.name)
		}
	}
	if o.failure != nil {
		f.badFiles++
		f.reportFailure(o)
	}
	if f.sum != nil {
		f.sum(o)
	}
}

// reportFailure says why a file is not read to its end.
func (f *feed) reportFailure(o *outcome) {
	var bad *eventfile.SyntaxError
	if errors.As(o.failure, &bad) {
		say(f.stderr, "%s:%s", o.file.name, bad)
		return
	}
	say(f.stderr, "falcorules: %s", fileError(o.file.name, o.failure))
}

// result reports how much could not be read, and what cannot match, and returns the error to exit with.
func (f *feed) result() error {
	if f.badEvents > 0 {
		say(f.stderr, "falcorules: %d of %s could not be read", f.badEvents, count(f.read.Load()+int64(f.badEvents), "event"))
	}
	if f.unidentified > 0 {
		say(f.stderr, "falcorules: no auditID in %d of %s: ka fields have no values there, as in Falco", f.unidentified, count(f.read.Load(), "event"))
	}
	if f.interrupted {
		return errInterrupted
	}
	if f.badFiles > 0 || f.badEvents > 0 && (f.flags.strict || f.flags.strictGiven || f.read.Load() == 0) {
		return &exitError{status: exitCall}
	}
	return nil
}

func writeError(err error) error { return callError("writing the results: %v", err) }
