package events_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
)

// lines returns n audit events, one per line.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"kind":"Event","auditID":"%d","stageTimestamp":"2026-03-01T10:20:30Z"}`+"\n", i)
	}
	return b.String()
}

// numbers returns options that write the number of each event on a line.
func numbers(out io.Writer) events.Options {
	return events.Options{
		NewDecoder: func() events.Decoder { return events.NewDecoder(events.DecoderOptions{}) },
		NewVisitor: func() events.Visitor {
			return func(ev *fieldsets.Event, out []byte) ([]byte, error) { return fmt.Appendln(out, ev.Number), nil }
		},
		Output: out,
	}
}

// records is an Input of texts that records acknowledgements.
type records struct {
	texts []string
	rec   events.Record
	read  int
	acked []int
	// wait, if not nil, is called before the last record.
	wait func()
}

func (r *records) Next(context.Context) (*events.Record, error) {
	if r.read == len(r.texts) {
		return nil, io.EOF
	}
	if r.wait != nil && r.read == len(r.texts)-1 {
		r.wait()
	}
	// The memory is reused, because a record is valid until the next call.
	r.rec.Raw = append(r.rec.Raw[:0], r.texts[r.read]...)
	r.read++
	r.rec.Pos = diag.Pos{Line: r.read, Column: 1}
	return &r.rec, nil
}

func (r *records) Close() error { return nil }

func (r *records) Ack(rec *events.Record) error {
	r.acked = append(r.acked, rec.Pos.Line)
	return nil
}

// echo returns options that write the text of each record.
func echo(out io.Writer) events.Options {
	o := numbers(out)
	o.NewDecoder = func() events.Decoder { return echoDecoder{} }
	o.NewVisitor = func() events.Visitor {
		return func(ev *fieldsets.Event, out []byte) ([]byte, error) { return append(out, ev.Data.([]byte)...), nil }
	}
	return o
}

type echoDecoder struct{}

func (echoDecoder) Decode(rec *events.Record, visit func(*fieldsets.Event) error) error {
	return visit(&fieldsets.Event{Data: rec.Raw})
}

// TestRunOrder handles records on many goroutines, with more output than fits in one
// result.
func TestRunOrder(t *testing.T) {
	var texts []string
	for i := range 3000 {
		texts = append(texts, fmt.Sprintf("%d%s\n", i, strings.Repeat("x", i%1000)))
	}
	for _, jobs := range []int{1, 2, 8} {
		t.Run(fmt.Sprint(jobs), func(t *testing.T) {
			var out bytes.Buffer
			o := echo(&out)
			o.Jobs = jobs
			in := &records{texts: texts}
			stats, err := events.Run(t.Context(), in, o)
			if err != nil || stats != (events.Stats{Events: 3000}) {
				t.Errorf("%+v, %v", stats, err)
			}
			if out.String() != strings.Join(texts, "") {
				t.Errorf("%d bytes of output, want %d in order", out.Len(), len(strings.Join(texts, "")))
			}
			if len(in.acked) != 3000 || !slices.IsSorted(in.acked) {
				t.Errorf("%d acknowledgements", len(in.acked))
			}
		})
	}
}

// TestRunLargeOutput has a single record with more output than fits in one result.
func TestRunLargeOutput(t *testing.T) {
	const n = 5000
	text := "[" + strings.TrimSuffix(strings.ReplaceAll(lines(n), "\n", ","), ",") + "]"
	in := &records{texts: []string{text, lines(1)}}
	var out bytes.Buffer
	o := numbers(&out)
	o.Sequential = true
	o.NewVisitor = func() events.Visitor {
		return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
			return fmt.Appendf(out, "%d%0500d\n", ev.Number, 0), nil
		}
	}
	stats, err := events.Run(t.Context(), in, o)
	if err != nil || stats.Events != n+1 || bytes.Count(out.Bytes(), []byte("\n")) != n+1 || len(in.acked) != 2 {
		t.Errorf("%+v, %v, %d lines, %d acknowledgements", stats, err, bytes.Count(out.Bytes(), []byte("\n")), len(in.acked))
	}
}

// TestRunReports checks counts and order of diagnostics.
func TestRunReports(t *testing.T) {
	var got []string
	o := numbers(nil)
	o.Jobs = 4
	o.Report = func(d *diag.Diagnostic) { got = append(got, fmt.Sprint(d.Range, " ", d.Code)) }
	var last events.Stats
	o.Progress = func(s events.Stats) { last = s }
	in := events.Files([]string{"nosuch", "testdata/audit.jsonl", "testdata/rules.yaml"}, events.InputOptions{})
	stats, err := events.Run(t.Context(), in, o)
	want := []string{"nosuch EVENTS_ERR_INPUT", "testdata/audit.jsonl:2:50 EVENTS_ERR_EVENT", "testdata/rules.yaml EVENTS_ERR_INPUT"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if want := (events.Stats{Events: 2, BadEvents: 1, BadInputs: 2}); err != nil || stats != want || last != want {
		t.Errorf("%+v, then %+v, %v", last, stats, err)
	}
}

func TestRunErrors(t *testing.T) {
	broken := errors.New("broken")
	fails := func(err error) func() events.Visitor {
		return func() events.Visitor {
			return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
				if ev.Number == 3 {
					return fmt.Appendln(out, "last"), err
				}
				return fmt.Appendln(out, ev.Number), nil
			}
		}
	}
	stops := func() events.Visitor {
		return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
			if ev.Number == 3 {
				return nil, events.ErrStop
			}
			return fmt.Appendln(out, ev.Number), nil
		}
	}
	for _, test := range []struct {
		name string
		edit func(*events.Options)
		out  string
		err  string
	}{
		{"visitor", func(o *events.Options) { o.NewVisitor = fails(broken) }, "1\n2\nlast\n", "broken"},
		{"visitor with a diagnostic", func(o *events.Options) { o.NewVisitor = fails(&diag.Diagnostic{Message: "broken"}) }, "1\n2\nlast\n", "broken"},
		{"visitor with diagnostics", func(o *events.Options) { o.NewVisitor = fails(diag.List{{Message: "broken"}}) }, "1\n2\nlast\n", "broken"},
		{"stop", func(o *events.Options) { o.NewVisitor = fails(events.ErrStop) }, "1\n2\nlast\n", ""},
		{"stop without output", func(o *events.Options) { o.NewVisitor = stops }, "1\n2\n", ""},
		{"output", func(o *events.Options) { o.Output = brokenWriter{} }, "", "writing the results: broken"},
		{"decoder", func(o *events.Options) { o.NewDecoder = func() events.Decoder { return brokenDecoder{broken} } }, "", "broken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			o := numbers(&out)
			o.Sequential = true
			test.edit(&o)
			o.Report = func(d *diag.Diagnostic) { t.Errorf("reported %v", d) }
			stats, err := events.Run(t.Context(), events.Reader("a", strings.NewReader(lines(20_000)), events.InputOptions{}), o)
			if stats.BadEvents != 0 {
				t.Errorf("%d bad events", stats.BadEvents)
			}
			if out.String() != test.out || fmt.Sprint(err) != test.err && (err != nil || test.err != "") {
				t.Errorf("%v, output %.100q", err, out.String())
			}
		})
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }

type brokenDecoder struct{ err error }

func (d brokenDecoder) Decode(*events.Record, func(*fieldsets.Event) error) error { return d.err }

// TestRunOptions runs with invalid options.
func TestRunOptions(t *testing.T) {
	for _, jobs := range []int{-1, math.MinInt, math.MaxInt} {
		t.Run(fmt.Sprint(jobs), func(t *testing.T) {
			var decoders atomic.Int64
			o := echo(nil)
			o.Jobs = jobs
			o.NewDecoder = func() events.Decoder { decoders.Add(1); return echoDecoder{} }
			stats, err := events.Run(t.Context(), &records{texts: []string{"a"}}, o)
			if err != nil || stats.Events != 1 || jobs > 0 && decoders.Load() > 256 {
				t.Errorf("%+v, %v, %d decoders", stats, err, decoders.Load())
			}
		})
	}
	t.Run("no functions", func(t *testing.T) {
		if _, err := events.Run(t.Context(), &records{}, events.Options{}); err == nil {
			t.Error("no error")
		}
	})
}

func TestStats(t *testing.T) {
	s := events.Stats{Events: 3, BadEvents: 1}
	if got, want := s.String(), "3 events, 1 bad event, 0 bad inputs"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, err := json.Marshal(s); err != nil || string(got) != `{"events":3,"bad_events":1,"bad_inputs":0}` {
		t.Errorf("got %s, %v", got, err)
	}
}

// TestDecoderGoesOn checks that Run and All stop even if a decoder ignores the error of
// visit.
func TestDecoderGoesOn(t *testing.T) {
	stubborn := events.DecoderFunc(func(_ *events.Record, visit func(*fieldsets.Event) error) error {
		visit(new(fieldsets.Event))
		visit(new(fieldsets.Event))
		return nil
	})
	t.Run("run", func(t *testing.T) {
		visits := 0
		o := numbers(nil)
		o.NewDecoder = func() events.Decoder { return stubborn }
		o.NewVisitor = func() events.Visitor {
			return func(_ *fieldsets.Event, out []byte) ([]byte, error) { visits++; return out, io.ErrClosedPipe }
		}
		stats, err := events.Run(t.Context(), &records{texts: []string{"a"}}, o)
		if !errors.Is(err, io.ErrClosedPipe) || visits != 1 || stats.Events != 1 {
			t.Errorf("%+v, %v, %d visits", stats, err, visits)
		}
	})
	t.Run("all", func(t *testing.T) {
		visits := 0
		for range events.All(t.Context(), &records{texts: []string{"a", "b"}}, stubborn) {
			visits++
			break
		}
		if visits != 1 {
			t.Errorf("%d visits", visits)
		}
	})
}

// TestRunCancelled cancels a run while the input is blocked: the events read before
// are still written.
func TestRunCancelled(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	o := numbers(&out)
	o.Progress = func(s events.Stats) {
		if s.Events == 3 {
			cancel()
		}
	}
	go io.WriteString(w, lines(3))
	stats, err := events.Run(ctx, events.Reader("a", r, events.InputOptions{}), o)
	if !errors.Is(err, context.Canceled) || stats.Events != 3 || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("%+v, %v, %q", stats, err, out.String())
	}
}

// TestRunPassesOn checks that output is written while the input waits for the next
// record.
func TestRunPassesOn(t *testing.T) {
	written := make(chan struct{})
	in := &records{texts: []string{"a", "b"}, wait: func() { <-written }}
	var got []string
	out := writerFunc(func(p []byte) (int, error) {
		if got = append(got, string(p)); len(got) == 1 {
			close(written)
		}
		return len(p), nil
	})
	if _, err := events.Run(t.Context(), in, echo(out)); err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q, %v", got, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
