package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/quote"
)

// feed reads events, visits them and reports what cannot be read.
type feed struct {
	cmd     *cobra.Command
	flags   *sourceFlags
	sources *eventSources
	// sequential is for visitors that need the events in their order.
	sequential bool
	newVisitor func() events.Visitor
	// stream, if not nil, numbers the events, which are then visited in their order.
	stream *fieldsets.Stream
	// end, if not nil, writes what comes last.
	end func(io.Writer)

	stderr io.Writer
	// read counts events, also for the progress display.
	read atomic.Int64
	// unidentified counts audit events without an auditID.
	unidentified atomic.Int64
	reports      reports
}

// run visits all events of the inputs. If it is interrupted it stops reading, writes
// what comes last and returns errInterrupted.
func (f *feed) run(inputs []string) error {
	return handleInterrupt(f.cmd.Context(), func() error { return f.visitAll(inputs) })
}

func (f *feed) visitAll(inputs []string) error {
	if err := refuseOwnOutput(f.cmd.OutOrStdout(), inputs); err != nil {
		return err
	}
	show := startProgress(f.cmd.ErrOrStderr(), f.cmd.InOrStdin(), inputs, f.read.Load)
	stdout := show.under(f.cmd.OutOrStdout())
	f.stderr = show.under(f.cmd.ErrOrStderr())
	f.reports = reports{w: f.stderr, perFile: true}
	in := events.Files(inputs, events.InputOptions{MaxEventSize: f.flags.maxEventSize, Stdin: f.cmd.InOrStdin(), BytesRead: &show.bytes})
	stats, err := events.Run(f.cmd.Context(), in, events.Options{
		NewDecoder: f.decoder, NewVisitor: f.visitor, Jobs: f.flags.jobs, Sequential: f.sequential || f.stream != nil,
		Output: stdout, Report: f.reports.add, Progress: func(s events.Stats) { f.read.Store(s.Events) },
	})
	show.finish()
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return callError("%v", err)
	}
	if f.end != nil {
		out := bufio.NewWriter(stdout)
		f.end(out)
		if err := out.Flush(); err != nil {
			return writeError(err)
		}
	}
	f.summarize(stats)
	switch {
	case interrupted:
		return errInterrupted
	case stats.BadInputs > 0 || stats.BadEvents > 0 && (f.flags.strict || f.flags.strictGiven || stats.Events == 0):
		return &exitError{status: exitCall}
	}
	return nil
}

// decoder returns a decoder for one goroutine.
func (f *feed) decoder() events.Decoder {
	s := f.stream
	if s == nil {
		s = stream()
	}
	return events.NewDecoder(events.DecoderOptions{
		Stream: s, Fixtures: f.sources.fixtures, Source: f.flags.source, Default: f.flags.fixtureSource(),
		MaxEventSize: f.flags.maxEventSize, Strict: f.flags.strictGiven,
	})
}

// visitor returns a visitor for one goroutine.
func (f *feed) visitor() events.Visitor {
	visit := f.newVisitor()
	return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
		if k8saudit.MissingAuditID(ev) {
			f.unidentified.Add(1)
		}
		return visit(ev, out)
	}
}

// summarize reports how much could not be read, and what cannot match.
func (f *feed) summarize(stats events.Stats) {
	if stats.BadEvents > 0 {
		say(f.stderr, "falcorules: %d of %s could not be read", stats.BadEvents, quote.Count(stats.Events+stats.BadEvents, "event"))
	}
	if n := f.unidentified.Load(); n > 0 {
		say(f.stderr, "falcorules: no auditID in %d of %s: ka fields have no values there, as in Falco", n, quote.Count(stats.Events, "event"))
	}
}

// maxReported is how many diagnostics about events are printed.
const maxReported = 100

// reports prints what cannot be read.
type reports struct {
	w io.Writer
	// perFile says that maxReported is for each file.
	perFile bool
	file    string
	n       int // of the file, or of all
}

func (r *reports) add(d *diag.Diagnostic) {
	if r.perFile && d.Range.File != r.file {
		r.file, r.n = d.Range.File, 0
	}
	switch {
	case d.Code != events.BadInput:
		if r.n++; r.n <= maxReported {
			say(r.w, "%s", lineOf(d))
		}
		if r.n == maxReported && r.perFile {
			say(r.w, "%s: what else cannot be read in this file is only counted", r.file)
		}
	case d.Range.Start.IsValid():
		say(r.w, "%s", lineOf(d))
	default:
		say(r.w, "falcorules: %s", lineOf(d))
	}
}

func writeError(err error) error { return callError("writing the results: %v", err) }
