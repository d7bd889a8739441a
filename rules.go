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

// Options change how rules are loaded and run. The zero value is usable.
type Options struct {
	// Loader says what rules are loaded for. Without sources, every known source
	// is used.
	Loader loader.Options
	// AllMatches makes an event fire every rule that it matches instead of only
	// the first one. Falco calls this rule_matching: all.
	AllMatches bool
	// Hostname is the hostname in alerts, and the value of evt.hostname. Falco
	// prints the environment variable FALCO_HOSTNAME or else os.Hostname.
	Hostname string
	// Location is the time zone of the times in lines of text; nil is UTC. Falco
	// prints local time, which is time.Local.
	Location *time.Location
	// Report, if not nil, is called for everything that cannot be read as an
	// event, in the order of the input.
	Report func(*diag.Diagnostic)
}

// Rules is a set of rules that loaded. It does not change and is safe for
// concurrent use.
type Rules struct {
	set      *loader.Ruleset
	options  Options
	fixtures []*fixture.Source
	workers  sync.Pool // of *worker
}

// worker is what matches events on one goroutine.
type worker struct {
	matcher *eval.Matcher
	decoder events.Decoder
	stream  *fieldsets.Stream // of the decoder's events
}

// Load reads files and loads them as one set of rules, in the given order. A
// folder stands for the files in it that Falco would read. If the rules cannot be
// used, the error is a [diag.List] of every independent mistake.
func Load(paths ...string) (*Rules, error) { return Options{}.Load(paths...) }

// LoadFS is like [Load] for a file system, such as an embed.FS.
func LoadFS(fsys fs.FS, paths ...string) (*Rules, error) { return Options{}.LoadFS(fsys, paths...) }

// Parse loads rules from memory. The name stands for the file in diagnostics.
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

// LoadFiles loads files that are in memory as one set of rules, in the given
// order.
func (o Options) LoadFiles(files ...loader.File) (*Rules, error) {
	sources := o.Loader.Sources
	if sources == nil {
		sources = all.Sources()
	}
	// Rules that are compiled for these sources match fixtures as well.
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

// Ruleset returns everything that is known about the rules: conditions, macros
// and lists, and where each of them was written.
func (r *Rules) Ruleset() *loader.Ruleset { return r.set }

// Diagnostics returns Falco's warnings about the rules and notices about likely
// mistakes that Falco accepts.
func (r *Rules) Diagnostics() diag.List {
	return append(r.set.Diagnostics(), lint.Notices(context.Background(), r.set)...)
}

// Match returns the rules that fire on an event, in the order of the rules. It
// may be called from any goroutine, and the matches stay valid.
func (r *Rules) Match(ev *fieldsets.Event) []*Match {
	w := r.workers.Get().(*worker)
	defer r.workers.Put(w)
	return r.matches(w.matcher.Match(ev))
}

// MatchJSON returns the rules that fire on the events in a JSON value: a Kubernetes
// audit event, an EventList, or a fixture. It may be called from any goroutine, and
// the matches stay valid. The error is a [*diag.Diagnostic] or a [diag.List] about
// what is not an event; matches of the other events are returned beside it.
//
// Each call is a stream of its own: for rules that read evt.num or evt.reltime, the
// first event is the first of all. Use [Rules.Run] for events that belong together.
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

// NewDecoder returns a decoder that makes events for these rules, of Kubernetes
// audit events and of fixtures. It is for one goroutine.
func (r *Rules) NewDecoder() events.Decoder { return r.newDecoder(r.stream()) }

// stream returns a stream whose events print as the options say.
func (r *Rules) stream() *fieldsets.Stream {
	return &fieldsets.Stream{Hostname: r.options.Hostname, Location: r.options.Location}
}

func (r *Rules) newDecoder(stream *fieldsets.Stream) events.Decoder {
	return events.NewDecoder(events.DecoderOptions{Stream: stream, Fixtures: r.fixtures})
}

// Run reads an input to its end and calls handle for each match, in the order of
// the events, on the caller's goroutine. It stops if handle returns an error, and
// at the next record if ctx is done, and returns that error. It closes in. A read
// that is blocked is waited for; [Rules.WriteAlerts] does not wait.
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

// AlertFormat is a format of alerts.
type AlertFormat uint8

// The formats of alerts, one a line, as Falco prints them.
const (
	AlertText AlertFormat = iota
	AlertJSON
)

// WriteAlerts reads an input to its end and writes the alerts to w, in the order
// of the events. Unlike [Rules.Run] it matches on all cores. It closes in.
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

// Explain says why the rule with the given name fires on an event or does not. The
// error says that there is no such rule.
func (r *Rules) Explain(rule string, ev *fieldsets.Event) (*explain.Explanation, error) {
	x, err := explain.New(r.set, rule, r.mode())
	if err != nil {
		return nil, err
	}
	return x.Explain(ev), nil
}
