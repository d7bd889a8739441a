package falcorules

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/loader/explain"
)

// Options configure how rules are loaded and run. The zero value is ready to use.
type Options struct {
	// Loader has the event sources and versions to load rules for. If its Sources is nil,
	// rules can be for any source that this module knows.
	Loader loader.Options
	// AllMatches makes an event fire every rule that it matches instead of only the
	// first one. In Falco this is rule_matching: all.
	AllMatches bool
	// Hostname is the hostname in alerts and the value of evt.hostname. Falco uses the
	// environment variable FALCO_HOSTNAME or else os.Hostname.
	Hostname string
	// Location is the time zone of the time in an alert's text. Nil means UTC. Falco uses
	// local time, which is time.Local.
	Location *time.Location
	// Report, if not nil, is called by [Rules.Run] and [Rules.WriteAlerts] for each
	// unreadable event or input, in the order of the input. Calls do not overlap, unless
	// several runs do. If it is nil, unreadable events are counted and skipped.
	Report func(*diag.Diagnostic)
}

// Rules is a loaded set of rules. It is immutable and safe for concurrent use.
type Rules struct {
	set      *loader.Ruleset
	options  Options
	fixtures []*fixture.Source
	workers  sync.Pool // of *worker
}

// worker matches events on one goroutine.
type worker struct {
	matcher *eval.Matcher
	decoder events.Decoder
	stream  *fieldsets.Stream // of the decoder's events
}

// Load reads rules files and loads them as one set of rules, in the given order. From a
// folder it reads the files that Falco would: those directly in it whose names end in
// .yaml or .yml, sorted by name. It leaves out test suites (*_test.yaml). If the rules do
// not load, or if no files are found, the error is a [diag.List] of all independent
// mistakes.
func Load(paths ...string) (*Rules, error) { return Options{}.Load(paths...) }

// LoadFS is like [Load], but reads from a file system, such as an embed.FS.
func LoadFS(fsys fs.FS, paths ...string) (*Rules, error) { return Options{}.LoadFS(fsys, paths...) }

// Parse loads rules from memory. Diagnostics use name as the file name.
func Parse(name string, data []byte) (*Rules, error) {
	return Options{}.LoadFiles(loader.File{Name: name, Data: data})
}

// Load is [Load] with options.
func (o Options) Load(paths ...string) (*Rules, error) {
	return o.LoadFiles(loader.Reader{}.Read(paths...)...)
}

// LoadFS is [LoadFS] with options.
func (o Options) LoadFS(fsys fs.FS, paths ...string) (*Rules, error) {
	return o.LoadFiles(loader.Reader{FS: fsys}.Read(paths...)...)
}

// LoadFiles loads files from memory as one set of rules, in the given order.
func (o Options) LoadFiles(files ...loader.File) (*Rules, error) {
	if len(files) == 0 {
		// A set of no rules never fires: a wrong path must not look like success.
		return nil, diag.List{{Code: loader.ErrFileRead, Message: "there are no rules files to load"}}
	}
	sources := o.Loader.Sources
	if sources == nil {
		sources = all.Sources()
	}
	// Rules must be compiled for these sources to match fixtures.
	written := fixtures.Sources(sources)
	o.Loader.Sources = make([]*fieldsets.Source, len(written))
	for i, s := range written {
		o.Loader.Sources[i] = s.Source
	}
	set, err := loader.Load(files, o.Loader)
	if err != nil {
		return nil, err
	}
	r := &Rules{set: set, options: o, fixtures: written}
	r.workers.New = func() any {
		stream := r.stream()
		return &worker{set.Engine.NewMatcher(r.mode()), r.newDecoder(stream), stream}
	}
	return r, nil
}

func (r *Rules) mode() eval.Mode {
	if r.options.AllMatches {
		return eval.AllMatches
	}
	return eval.FirstMatch
}

// Ruleset returns the details of the rules: conditions, macros, lists, and their
// positions. The caller must not change it.
func (r *Rules) Ruleset() *loader.Ruleset { return r.set }

// Diagnostics returns Falco's warnings, and notices about text that Falco accepts but
// reads differently from how it looks. [lint.Run] reports these notices too, and many
// more findings, but not Falco's warnings.
func (r *Rules) Diagnostics() diag.List {
	return append(r.set.Diagnostics(), lint.Notices(context.Background(), r.set)...)
}

// Match returns the rules that fire on an event, in the order of the rules, or nil if
// none does. It is safe for concurrent use on different events. Decoders, such as that of
// [Rules.NewDecoder], make events.
func (r *Rules) Match(ev *fieldsets.Event) []*Match {
	w := r.workers.Get().(*worker)
	defer r.workers.Put(w)
	return r.matches(w.matcher.Match(ev))
}

// MatchJSON returns the rules that fire on the events in one JSON value: a Kubernetes
// audit event, an EventList, or a fixture. It is safe for concurrent use, and the caller
// may reuse data afterwards. If something in the value is not a valid event, the error is
// a [*diag.Diagnostic] or a [diag.List], and the matches of the other events are still
// returned.
//
// For rules that use evt.num or evt.reltime, each call starts with event number 1. Use
// [Rules.Run] for a stream of events.
func (r *Rules) MatchJSON(data []byte) ([]*Match, error) {
	w := r.workers.Get().(*worker)
	defer r.workers.Put(w)
	w.stream.Restart()
	var out []*Match
	rec := events.Record{Raw: data, Pos: diag.Pos{Line: 1, Column: 1}}
	err := w.decoder.Decode(&rec, func(ev *fieldsets.Event) error {
		out = append(out, r.matches(w.matcher.Match(ev))...)
		return nil
	})
	return out, err
}

func (r *Rules) matches(fired []eval.Match) []*Match {
	var out []*Match
	for _, m := range fired {
		out = append(out, r.newMatch(m))
	}
	return out
}

// NewDecoder returns a decoder of Kubernetes audit events and fixtures for use with
// [events.All] or [events.Run]. Its events are for [Rules.Match] and [Rules.Explain] of
// these rules. A decoder is for one goroutine.
func (r *Rules) NewDecoder() events.Decoder { return r.newDecoder(r.stream()) }

// stream returns a stream with the hostname and time zone of the options.
func (r *Rules) stream() *fieldsets.Stream {
	return &fieldsets.Stream{Hostname: r.options.Hostname, Location: r.options.Location}
}

func (r *Rules) newDecoder(stream *fieldsets.Stream) events.Decoder {
	return events.NewDecoder(events.DecoderOptions{Stream: stream, Fixtures: r.fixtures})
}

// Run reads an input to its end, closes it, and calls handle for each match, in the order
// of the events, on the caller's goroutine. If handle returns an error, or if ctx is
// done, Run stops before the next record and returns that error. While it waits for a
// blocked read, it does not notice that ctx is done; [Rules.WriteAlerts] does.
func (r *Rules) Run(ctx context.Context, in events.Input, handle func(*Match) error) (events.Stats, error) {
	var stats events.Stats
	m := r.set.Engine.NewMatcher(r.mode())
	for ev, err := range events.All(ctx, in, r.NewDecoder()) {
		var d *diag.Diagnostic
		switch {
		case errors.As(err, &d):
			stats.Count(d)
			if r.options.Report != nil {
				r.options.Report(d)
			}
			continue
		case err != nil:
			return stats, err
		}
		stats.Events++
		for _, fired := range m.Match(ev) {
			if err := handle(r.newMatch(fired)); err != nil {
				return stats, err
			}
		}
	}
	return stats, nil
}

// AlertFormat is one of Falco's formats for alerts.
type AlertFormat uint8

// In both formats an alert is one line: AlertText has Falco's text, AlertJSON its JSON
// object.
const (
	AlertText AlertFormat = iota
	AlertJSON
)

// WriteAlerts reads an input to its end, closes it, and writes the alerts to w, in the
// order of the events. Unlike [Rules.Run], it uses all cores. When ctx is done, it writes
// the alerts of the events read so far and returns the error of ctx.
func (r *Rules) WriteAlerts(ctx context.Context, w io.Writer, in events.Input, format AlertFormat) (events.Stats, error) {
	return events.Run(ctx, in, events.Options{
		NewDecoder: r.NewDecoder,
		NewVisitor: func() events.Visitor {
			m := r.set.Engine.NewMatcher(r.mode())
			return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
				for _, fired := range m.Match(ev) {
					if format == AlertJSON {
						out = fired.AppendJSON(out)
					} else {
						out = fired.AppendText(out)
					}
					out = append(out, '\n')
				}
				return out, nil
			}
		},
		Sequential: r.set.Engine.Sequential(),
		Output:     w,
		Report:     r.options.Report,
	})
}

// Explain explains why the rule with the given name fires on an event or does not. Print
// the explanation with its Summary or Text method, or marshal it to JSON. Explain returns
// an error if there is no such rule.
func (r *Rules) Explain(rule string, ev *fieldsets.Event) (*explain.Explanation, error) {
	x, err := explain.New(r.set, rule, r.mode())
	if err != nil {
		return nil, err
	}
	return x.Explain(ev), nil
}
