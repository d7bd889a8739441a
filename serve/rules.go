package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
)

// Rules says which rules to load.
type Rules struct {
	// Paths are rules files and folders of them, in load order.
	Paths []string
	// Read reads the files, and returns warnings about them. If it is nil, they are read as
	// by a [loader.Reader].
	Read func() ([]loader.File, diag.List)
	// Options are the options of the loader. If its Sources is nil, rules can be for any
	// source that this module knows.
	Options loader.Options
	// Check, if not nil, returns an error for rules that cannot be used. It is called
	// with rules that load.
	Check func(*loader.Ruleset) error
	// Routes say which alerts go to which outputs. Without any, all alerts go to all outputs.
	Routes []*route.Route
	// AllMatches makes an event fire every rule that it matches instead of only the
	// first one.
	AllMatches bool
	// Hostname is the hostname in alerts and the value of evt.hostname.
	Hostname string
	// Location is the time zone of alerts as text; nil means UTC.
	Location *time.Location
	// IncludeID adds [Alert.ID] to alerts as JSON, with the key id.
	IncludeID bool
	// EventsFrom is the log whose records can wrap audit events, as in the logs of cloud
	// providers. Audit events that are not wrapped can also be there.
	EventsFrom k8saudit.Wrapper
	// MaxEventSize is the maximum size of an event in bytes. If it is 0, the limit is
	// that of Falco's plugin, [k8saudit.DefaultMaxEventSize].
	MaxEventSize int
}

// Load loads the rules, and checks the routes and the templates of outputs. The warnings of
// the result include those of Read. The error is a [diag.List].
func (r Rules) Load(templates ...rulesfile.Value) (*loader.Ruleset, error) {
	files, warnings := r.read()
	set, err := r.loadFiles(files)
	if err != nil {
		return nil, err
	}
	routes := r.Routes
	if len(routes) == 0 {
		routes = []*route.Route{{Drop: true}}
	}
	router, err := route.New(set, routes, templates...)
	if err != nil {
		return nil, err
	}
	set.Warnings = slices.Concat(warnings, router.Warnings(set.Warnings))
	return set, nil
}

// read reads the files.
func (r Rules) read() ([]loader.File, diag.List) {
	if r.Read != nil {
		return r.Read()
	}
	return loader.Reader{}.Read(r.Paths...), nil
}

func (r Rules) loadFiles(files []loader.File) (*loader.Ruleset, error) {
	if r.Options.Sources == nil {
		r.Options.Sources = all.Sources()
	}
	if len(files) == 0 {
		return nil, diag.List{{Code: loader.ErrFileRead, Message: "there are no rules files to load"}}
	}
	set, err := loader.Load(files, r.Options)
	if err == nil && r.Check != nil {
		err = r.Check(set)
	}
	return set, err
}

// load loads the rules that follow others, which may be nil, and returns the warnings, also
// with an error.
func (r Rules) load(routes []*route.Route, templates []rulesfile.Value, f formats, before *ruleset) (*ruleset, diag.List, error) {
	files, warnings := r.read()
	set, err := r.loadFiles(files)
	if err != nil {
		return nil, warnings, err
	}
	router, err := route.New(set, routes, templates...)
	if err != nil {
		return nil, warnings, err
	}
	rs := &ruleset{
		rules: r, engine: set.Engine, router: router, templates: templates, formats: f, loaded: time.Now(), files: hashFiles(files),
		running: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	if before == nil {
		before = &ruleset{otherLogs: new(atomic.Int64)}
	}
	rs.otherLogs = before.otherLogs
	rs.matches = newMatches(rs.engine.Rules(), before.matches)
	rs.workers.New = func() any { return rs.newWorker() }
	if rs.engine.Sequential() || router.Sequential() {
		rs.sequential = rs.newWorker()
	}
	return rs, slices.Concat(warnings, router.Warnings(set.Warnings)), nil
}

// ruleset is a loaded set of rules.
type ruleset struct {
	rules  Rules
	engine *eval.Engine
	router *route.Router
	// templates are those of the router.
	templates []rulesfile.Value
	formats   formats // of the alerts
	loaded    time.Time
	files     []hashedFile
	matches   map[string]*matches // by the names of rules
	// otherLogs counts log records that are not from the audit log.
	otherLogs *atomic.Int64
	workers   sync.Pool // of *worker
	// running limits how many workers run at once: more would only take more memory.
	running chan struct{}
	// If the rules must see all events in order, sequential is the only worker.
	mu         sync.Mutex
	sequential *worker
}

func (rs *ruleset) mode() eval.Mode {
	if rs.rules.AllMatches {
		return eval.AllMatches
	}
	return eval.FirstMatch
}

// worker turns records into alerts, on one goroutine.
type worker struct {
	rules   *ruleset
	decoder events.Decoder
	matcher *eval.Matcher
	routes  *route.Matcher
	visit   func(*fieldsets.Event) error // the method event
	result  *result
	// fired is true to keep the events that have alerts, instead of their alerts.
	fired bool
}

func (rs *ruleset) newWorker() *worker {
	stream := &fieldsets.Stream{Hostname: rs.rules.Hostname, Location: rs.rules.Location}
	w := &worker{
		rules: rs,
		decoder: events.NewDecoder(events.DecoderOptions{
			Stream: stream, Wrapper: rs.rules.EventsFrom, OtherLogs: rs.otherLogs, MaxEventSize: rs.rules.MaxEventSize,
		}),
		matcher: rs.engine.NewMatcher(rs.mode()),
		routes:  rs.router.NewMatcher(),
	}
	w.visit = w.event
	return w
}

// result is what the rules say about a record.
type result struct {
	events int
	alerts []routed
	// fired are the events that have alerts for an output, as JSON. If they are asked for,
	// alerts has only those of other events.
	fired [][]byte
	// numbers is how many alerts there are, not counting the routes of each.
	numbers int
	// problems are about parts of the record that are not events.
	problems diag.List
	failures []failure
}

// failure is text on which the program panicked: an event, or a whole record.
type failure struct {
	text          []byte
	reason, stack string
}

func (res *result) fail(text []byte, panicked any) {
	res.failures = append(res.failures, failure{text, fmt.Sprintf("panic: %v", panicked), string(debug.Stack())})
}

// evaluate returns the alerts of the events in a record or, if fired is true, the events
// that have alerts for an output.
func (rs *ruleset) evaluate(rec *events.Record, fired bool) *result {
	if rs.sequential != nil {
		rs.mu.Lock()
		defer rs.mu.Unlock()
		return rs.sequential.evaluate(rec, fired)
	}
	rs.running <- struct{}{}
	defer func() { <-rs.running }()
	w := rs.workers.Get().(*worker)
	defer rs.workers.Put(w)
	return w.evaluate(rec, fired)
}

// evaluateAny is like evaluate, also for a record that is not valid JSON.
func (rs *ruleset) evaluateAny(rec *events.Record, fired bool) *result {
	res := rs.evaluate(rec, fired)
	if res.events == 0 && errors.As(res.problems, new(*jsonfields.SyntaxError)) {
		if pieces := rs.evaluatePieces(rec, fired); pieces.events > 0 {
			return pieces
		}
	}
	return res
}

// evaluatePieces is like evaluate for a record that is not valid JSON. It evaluates the
// events that can be read. Falco's plugin would lose them all, so whoever can make one event
// that is nested too deeply could hide the others of its list.
func (rs *ruleset) evaluatePieces(rec *events.Record, fired bool) *result {
	all := new(result)
	if raw := bytes.TrimSpace(rec.Raw); len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return all // it could be gzip, which the input would decompress
	}
	in := events.Reader(rec.Name, bytes.NewReader(rec.Raw), events.InputOptions{MaxEventSize: rs.rules.MaxEventSize, Wrapped: rs.rules.EventsFrom != k8saudit.NoWrapper, OnlyJSON: true})
	defer in.Close()
	const maxProblems = 10
	problems := 0
	report := func(list diag.List) {
		problems += len(list)
		all.problems = append(all.problems, list[:min(len(list), maxProblems-len(all.problems))]...)
	}
	for {
		piece, err := in.Next(context.Background())
		switch {
		case err == nil:
			res := rs.evaluate(piece, fired)
			all.events += res.events
			for _, a := range res.alerts {
				a.number += all.numbers
				all.alerts = append(all.alerts, a)
			}
			all.numbers += res.numbers
			all.fired = append(all.fired, res.fired...)
			all.failures = append(all.failures, res.failures...)
			report(res.problems)
			continue
		case !errors.Is(err, io.EOF):
			report(diag.Of(err))
			if diag.Has(err) {
				continue
			}
		}
		if more := problems - len(all.problems); more > 0 {
			all.problems = append(all.problems, &diag.Diagnostic{Code: events.BadEvent, Message: fmt.Sprintf("and %d more problems", more), Range: rec.At(0)})
		}
		return all
	}
}

func (w *worker) evaluate(rec *events.Record, fired bool) *result {
	res := new(result)
	w.result, w.fired = res, fired
	defer func() {
		w.result = nil
		if p := recover(); p != nil {
			res.fail(bytes.Clone(rec.Raw), p)
			w.decoder = w.rules.newWorker().decoder
		}
	}()
	if err := w.decoder.Decode(rec, w.visit); err != nil {
		res.problems = diag.Of(err)
	}
	return res
}

func (w *worker) event(ev *fieldsets.Event) error {
	res := w.result
	res.events++
	defer func() {
		if p := recover(); p != nil {
			res.fail(textOf(ev), p)
			w.matcher, w.routes = w.rules.engine.NewMatcher(w.rules.mode()), w.rules.router.NewMatcher()
		}
	}()
	before := len(res.alerts)
	for _, m := range w.matcher.Match(ev) {
		res.numbers++
		for _, t := range w.routes.Route(route.Alert{Match: m}) {
			if w.fired && !t.Route.Drop {
				res.fired = append(res.fired, textOf(ev))
				res.alerts = res.alerts[:before]
				return nil
			}
			res.alerts = append(res.alerts, w.routed(t, ev, res))
		}
	}
	return nil
}

// textOf returns the JSON of an event. All events that a server reads are JSON.
func textOf(ev *fieldsets.Event) []byte {
	if data, ok := ev.Data.(jsonfields.Data); ok {
		return data.JSON().AppendCompact(nil)
	}
	return nil
}

// routed returns an alert as a route writes it. Routes that redact the same share it.
func (w *worker) routed(t route.Taken, ev *fieldsets.Event, res *result) routed {
	r := routed{number: res.numbers}
	for i := len(res.alerts) - 1; i >= 0 && res.alerts[i].number == r.number; i-- {
		if same := &res.alerts[i]; same.taken.Match.Rule == t.Match.Rule && !same.taken.Route.Drop && slices.Equal(same.taken.Texts, t.Texts) {
			r.alert = same.alert
		}
	}
	if r.alert == nil {
		f := w.rules.formats
		if t.Route.Drop {
			f = formats{}
		}
		if r.alert = newAlert(t.Match, ev, f); !t.Route.Drop {
			r.alert.Filled = filled(t, w.rules.templates)
		}
	}
	t.Match = eval.Match{Rule: t.Match.Rule} // the match is valid only until the next one
	r.taken = t
	return r
}
