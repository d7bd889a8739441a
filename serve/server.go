package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/serve/internal/appendfile"
	"github.com/falcorules/falcorules/serve/internal/journal"
)

// Config says what a [Server] does.
type Config struct {
	Rules    Rules
	Webhooks []Webhook
	// Inputs are read along with the webhooks, each in order. If one is an
	// [events.Acker], a record is acknowledged when its alerts have been written. The
	// server closes them.
	Inputs []events.Input
	// Outputs are the outputs by name. The server closes them when it ends.
	Outputs map[string]Output
	// QueueSize limits the memory for alerts that wait for an output, in bytes. If it is
	// 0, the limit is [DefaultQueueSize].
	QueueSize int
	// Journal, if not empty, is a folder. Requests are then answered as soon as the events
	// that have alerts are on the disk there, even if an output does not work.
	Journal string
	// JournalSize limits the size of that folder, in bytes. If it is 0, the limit is
	// [DefaultJournalSize].
	JournalSize int64
	// DeadLetters, if not empty, is a file for alerts that an output will never take (see
	// [RejectError]), a line of JSON for each. Otherwise they are only logged. If the file
	// has 256 MiB, such alerts wait until somebody moves it away.
	DeadLetters string
	// Operations serves health checks and metrics.
	Operations Operations
	// DrainTime is how long the server waits for requests and for outputs when it shuts
	// down. If it is 0, that is [DefaultDrainTime].
	DrainTime time.Duration
	// Watch, if not 0, is how often the server checks the rules files for changes. It
	// reloads the rules once changed files have stayed the same for that time.
	Watch time.Duration
	// Log receives what happens. Nil discards it.
	Log *slog.Logger
}

// The defaults of a [Config].
const (
	DefaultQueueSize   = 16 << 20
	DefaultJournalSize = journal.DefaultMaxBytes
	DefaultDrainTime   = 10 * time.Second
)

// Server runs rules over live events.
type Server struct {
	config   Config
	log      *slog.Logger
	rules    atomic.Pointer[ruleset]
	formats  formats // that the outputs and the dead letters have
	routes   []*route.Route
	sink     sink
	webhooks []*webhook
	journal  *journal.Journal // or nil
	// deadLetters takes alerts that an output rejects. It may be nil.
	deadLetters *appendfile.File
	metrics     *metrics
	operations  *operations // or nil
	// ready is true while the server accepts events.
	ready atomic.Bool

	reloading sync.Mutex
	watched   string // the fingerprint of the rules that New loaded
}

// New loads the rules, opens the journal and starts to listen. Senders have to wait until
// [Server.Run] is called. If the rules do not load, the error is a [diag.List]. After an
// error, the inputs and outputs are closed.
func New(c Config) (*Server, error) {
	c.DrainTime = cmp.Or(c.DrainTime, DefaultDrainTime)
	s := &Server{config: c, log: c.Log, metrics: newMetrics()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// open opens everything that the configuration names.
func (s *Server) open() error {
	c := &s.config
	s.formats.json, s.formats.id = c.DeadLetters != "", c.Rules.IncludeID
	for _, o := range c.Outputs {
		s.formats.text = s.formats.text || o.Format() == Text
		s.formats.json = s.formats.json || o.Format() == JSON
	}
	if c.Watch > 0 {
		s.watched = fingerprint(c.Rules.Paths)
	}
	var err error
	if s.routes, err = c.routes(); err != nil {
		return err
	}
	rs, warnings, err := c.Rules.load(s.routes, templatesOf(c.Outputs), s.formats, nil)
	s.report("rules", warnings)
	if err != nil {
		return err
	}
	s.rules.Store(rs)
	s.sink.count = s.countRouted
	for _, name := range slices.Sorted(maps.Keys(c.Outputs)) {
		q := newQueue(name, c.Outputs[name], cmp.Or(c.QueueSize, DefaultQueueSize))
		q.reject, q.metrics, q.log = s.reject, s.metrics.of(name), s.log
		s.sink.queues = append(s.sink.queues, q)
	}
	if c.Journal != "" {
		damaged := func(d journal.Damage) {
			s.metrics.damaged(d)
			s.log.Error("part of the journal is lost", "error", d.String())
		}
		if s.journal, err = journal.Open(c.Journal, journal.Options{MaxBytes: c.JournalSize, Damaged: damaged}); err != nil {
			return err
		}
	}
	if c.DeadLetters != "" {
		if s.deadLetters, err = appendfile.OpenLimited(c.DeadLetters, maxDeadLetters); err != nil {
			return err
		}
	}
	for _, w := range c.Webhooks {
		h, err := newWebhook(w, s.log, s.metrics, s.accept)
		if err != nil {
			return err
		}
		s.webhooks = append(s.webhooks, h)
	}
	if c.Operations.Address != "" {
		if s.operations, err = s.newOperations(c.Operations); err != nil {
			return err
		}
	}
	return nil
}

// routes returns the routes, or one to all outputs if there are none.
func (c *Config) routes() ([]*route.Route, error) {
	if len(c.Rules.Routes) == 0 {
		return []*route.Route{{To: slices.Sorted(maps.Keys(c.Outputs)), Drop: len(c.Outputs) == 0}}, nil
	}
	for _, r := range c.Rules.Routes {
		for _, name := range r.To {
			if c.Outputs[name] == nil {
				return nil, fmt.Errorf("route %q: there is no output %q", r.Name, name)
			}
		}
	}
	return c.Rules.Routes, nil
}

// close closes everything that is open. The HTTP servers close their listeners when they
// stop; closing them again is harmless.
func (s *Server) close() error {
	for _, h := range s.webhooks {
		h.listener.Close()
	}
	var err error
	for _, o := range s.config.Outputs {
		err = errors.Join(err, o.Close())
	}
	for _, in := range s.config.Inputs {
		err = errors.Join(err, in.Close())
	}
	if s.journal != nil {
		err = errors.Join(err, s.journal.Close())
	}
	if s.deadLetters != nil {
		err = errors.Join(err, s.deadLetters.Close())
	}
	return err
}

// Addresses returns the addresses of the webhooks, in the order of the configuration.
func (s *Server) Addresses() []string {
	var out []string
	for _, h := range s.webhooks {
		out = append(out, h.listener.Addr().String())
	}
	return out
}

// OperationsAddress returns the address of [Config.Operations], or "" without one.
func (s *Server) OperationsAddress() string {
	if s.operations == nil {
		return ""
	}
	return s.operations.listener.Addr().String()
}

// Run serves until ctx is done, a source fails, or all inputs have ended and there is no
// webhook. It then delivers the alerts of the events that it has accepted.
func (s *Server) Run(ctx context.Context) error {
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	if h := s.operations; h != nil {
		var operations sync.WaitGroup
		defer operations.Wait()
		serving, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		operations.Go(func() {
			if err := h.serve(serving); err != nil {
				s.log.Error("health checks and metrics are not available", "error", err)
			}
		})
	}
	var outputs sync.WaitGroup
	for _, q := range s.sink.queues {
		outputs.Go(func() { q.run(writing) })
	}
	err := s.runSources(ctx, writing)
	for _, q := range s.sink.queues {
		q.close()
	}
	timer := time.AfterFunc(s.config.DrainTime, stopWriting)
	defer timer.Stop()
	outputs.Wait()
	for _, q := range s.sink.queues {
		if n, _ := q.size(); n > 0 {
			s.log.Error("alerts have not been written", "output", q.name, "alerts", n)
		}
	}
	return errors.Join(err, s.close())
}

// runSources runs all sources until they have ended. While writing is not done, the outputs
// are running.
func (s *Server) runSources(ctx, writing context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var sources, others sync.WaitGroup
	for _, in := range s.config.Inputs {
		sources.Go(func() {
			if err := s.read(ctx, in); err != nil && ctx.Err() == nil {
				stop(err)
			}
		})
	}
	for _, h := range s.webhooks {
		s.log.Info("listening", "address", h.listener.Addr().String(), "path", h.path)
		answered := make(chan struct{}) // closed when all requests have been
		sources.Go(func() {
			if err := h.serve(); err != nil {
				stop(fmt.Errorf("listening on %s: %w", h.listener.Addr(), err))
				return
			}
			<-answered
		})
		context.AfterFunc(ctx, func() {
			defer close(answered)
			drain, cancel := context.WithTimeout(writing, s.config.DrainTime)
			defer cancel()
			if err := h.server.Shutdown(drain); err != nil {
				h.server.Close()
			}
		})
	}
	s.ready.Store(true)
	context.AfterFunc(ctx, func() { s.ready.Store(false) })
	if s.journal != nil {
		others.Go(func() {
			if err := s.drain(ctx); err != nil && ctx.Err() == nil {
				stop(err)
			}
		})
	}
	if s.config.Watch > 0 {
		others.Go(func() { s.watch(ctx, s.config.Watch) })
	}
	sources.Wait()
	cause := context.Cause(ctx)
	stop(nil)
	others.Wait()
	if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return nil
	}
	return cause
}

// accept returns when the events of a record cannot get lost any more: when their alerts
// have been written to all outputs, or when they are in the journal.
func (s *Server) accept(ctx context.Context, rec *events.Record) error {
	rs, start := s.rules.Load(), time.Now()
	res := rs.evaluateAny(rec, s.journal != nil)
	s.metrics.evaluation.Observe(time.Since(start).Seconds())
	s.evaluated(rec, res)
	if err := s.keep(res.failures); err != nil {
		return err
	}
	switch {
	case res.events == 0 && len(res.problems) > 0 && !errors.As(res.problems, new(*k8saudit.SizeError)):
		return res.problems
	case len(res.fired) > 0:
		switch err := s.journal.Append(ctx, res.fired); {
		case errors.Is(err, journal.ErrFull):
			return errFull
		case errors.Is(err, journal.ErrTooLarge):
			res = rs.evaluateAny(rec, false) // the alerts go to the outputs directly
		case err != nil:
			return err
		}
	}
	if len(res.alerts) == 0 {
		// This includes events that are too large: sending them again would be in vain, and
		// keep the sender from its other events.
		return nil
	}
	done := make(chan struct{})
	if err := s.sink.send(ctx, res.alerts, func() { close(done) }); err != nil {
		return err
	}
	s.countAlerts(rs, res.alerts)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain delivers the alerts of the events in the journal.
func (s *Server) drain(ctx context.Context) error {
	for {
		rec, err := s.journal.Next(ctx)
		if err != nil {
			return err
		}
		rs := s.rules.Load()
		res := rs.evaluate(&events.Record{Raw: rec.Data, Name: "journal", Pos: diag.Pos{Line: 1, Column: 1}, Format: events.JSONItem}, false)
		s.report("journal", res.problems)
		if err := s.keepWait(ctx, res.failures); err != nil {
			return err
		}
		err = s.sink.sendWait(ctx, res.alerts, func() {
			if err := s.journal.Ack(rec); err != nil {
				s.log.Error("cannot write to the journal", "error", err)
			}
		})
		if err != nil {
			return err
		}
		s.countAlerts(rs, res.alerts)
	}
}

// evaluated counts what a record has, and logs its problems.
func (s *Server) evaluated(rec *events.Record, res *result) {
	s.metrics.events.Add(float64(res.events))
	s.metrics.bytes.Add(float64(len(rec.Raw)))
	s.metrics.invalid.Add(float64(len(res.problems)))
	s.report(rec.Name, res.problems)
}

// report logs problems with an input.
func (s *Server) report(from string, problems diag.List) {
	for _, d := range problems {
		s.log.Warn(d.Error(), "from", from)
	}
}
