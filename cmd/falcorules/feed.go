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

// feed reads events, visits them and reports unreadable ones.
type feed struct {
	cmd     *cobra.Command
	flags   *sourceFlags
	sources *eventSources
	// sequential visits the events in order, on one goroutine.
	sequential bool
	newVisitor func() events.Visitor
	// stream, if not nil, numbers the events. It implies sequential.
	stream *fieldsets.Stream
	// end, if not nil, writes the end of the output.
	end func(io.Writer)
	// output, if not nil, gets the output of the visitors instead of standard output.
	output io.Writer

	stderr       io.Writer
	read         atomic.Int64 // events so far, for the progress display
	unidentified atomic.Int64 // audit events without an auditID
	otherLogs    atomic.Int64 // records of other logs than the audit log
	reports      reports
}

// run visits all events of the inputs. If it is interrupted, it stops reading, calls end
// and returns errInterrupted.
func (f *feed) run(inputs []string) error {
	return handleInterrupt(f.cmd.Context(), func() error { return f.visitAll(inputs) })
}

func (f *feed) visitAll(inputs []string) error {
	if err := checkNotOutput(f.cmd.OutOrStdout(), inputs); err != nil {
		return err
	}
	show := startProgress(f.cmd.ErrOrStderr(), f.cmd.InOrStdin(), inputs, f.read.Load)
	stdout := show.under(f.cmd.OutOrStdout())
	f.stderr = show.under(f.cmd.ErrOrStderr())
	f.reports = reports{w: f.stderr, perFile: true}
	in := events.Files(inputs, events.InputOptions{
		MaxEventSize: f.flags.maxEventSize, Wrapped: true, Stdin: f.cmd.InOrStdin(), BytesRead: &show.bytes,
	})
	output := f.output
	if output == nil {
		output = stdout
	}
	stats, err := events.Run(f.cmd.Context(), in, events.Options{
		NewDecoder: f.decoder, NewVisitor: f.visitor, Jobs: f.flags.jobs, Sequential: f.sequential || f.stream != nil,
		Output: output, Report: f.reports.add, Progress: func(s events.Stats) { f.read.Store(s.Events) },
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
	case stats.BadInputs > 0 || stats.BadEvents > 0 && (f.flags.strict || stats.Events == 0):
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
		Wrapper: k8saudit.Wrapper(f.flags.wrapper), OtherLogs: &f.otherLogs,
		MaxEventSize: f.flags.maxEventSize, Strict: f.flags.strict,
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

// summarize reports the numbers of unreadable and incomplete events.
func (f *feed) summarize(stats events.Stats) {
	if stats.BadEvents > 0 {
		printLine(f.stderr, "falcorules: %d of %s could not be read", stats.BadEvents, quote.Count(stats.Events+stats.BadEvents, "event"))
	}
	if n := f.otherLogs.Load(); n > 0 {
		printLine(f.stderr, "falcorules: skipped %s of other logs than the audit log", quote.Count(n, "record"))
	}
	if n := f.unidentified.Load(); n > 0 {
		printLine(f.stderr, "falcorules: %d of %s have no auditID: as in Falco, their ka fields have no values", n, quote.Count(stats.Events, "event"))
	}
}

// maxReported limits how many diagnostics about events are printed.
const maxReported = 100

// reports prints diagnostics about unreadable events and inputs.
type reports struct {
	w       io.Writer
	perFile bool // maxReported applies to each file
	file    string
	n       int // diagnostics of the file, or of all files
}

func (r *reports) add(d *diag.Diagnostic) {
	if r.perFile && d.Range.File != r.file {
		r.file, r.n = d.Range.File, 0
	}
	switch {
	case d.Code != events.BadInput:
		if r.n++; r.n <= maxReported {
			printLine(r.w, "%s", lineOf(d))
		}
		if r.n == maxReported && r.perFile {
			printLine(r.w, "%s: further unreadable events in this file are only counted", r.file)
		}
	case d.Range.Start.IsValid():
		printLine(r.w, "%s", lineOf(d))
	default:
		printLine(r.w, "falcorules: %s", lineOf(d))
	}
}

func writeError(err error) error { return callError("cannot write the results: %v", err) }
