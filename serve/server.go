package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falcorules/falcorules/events"
)

// Config says what a [Server] does.
type Config struct {
	Rules    Rules
	Webhooks []Webhook
	// Outputs are the outputs by name. They are closed when the server ends.
	Outputs map[string]Output
	// QueueSize limits the memory for alerts that wait for an output, in bytes. If it is
	// 0, the limit is [DefaultQueueSize].
	QueueSize int
	// Log receives what happens. Nil discards it.
	Log *slog.Logger
}

// DefaultQueueSize is the default of [Config.QueueSize].
const DefaultQueueSize = 16 << 20

// Server runs rules over live events.
type Server struct {
	config   Config
	log      *slog.Logger
	rules    atomic.Pointer[ruleset]
	sink     sink
	webhooks []*webhook
}

// New loads the rules and starts to listen. Senders have to wait until [Server.Run] is
// called. If the rules do not load, the error is a [diag.List].
func New(c Config) (*Server, error) {
	s := &Server{config: c, log: c.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	rs, warnings, err := c.Rules.load()
	if err != nil {
		return nil, err
	}
	for _, w := range warnings {
		s.log.Warn(w.Error())
	}
	s.rules.Store(rs)
	size := c.QueueSize
	if size <= 0 {
		size = DefaultQueueSize
	}
	for _, name := range slices.Sorted(maps.Keys(c.Outputs)) {
		q := newQueue(name, c.Outputs[name], size)
		q.reject = s.reject
		s.sink.queues = append(s.sink.queues, q)
	}
	for _, w := range c.Webhooks {
		h, err := newWebhook(w, s.accept)
		if err != nil {
			for _, open := range s.webhooks {
				open.listener.Close()
			}
			return nil, err
		}
		s.webhooks = append(s.webhooks, h)
	}
	return s, nil
}

// Addresses returns the addresses of the webhooks, in the order of the configuration.
func (s *Server) Addresses() []string {
	var out []string
	for _, h := range s.webhooks {
		out = append(out, h.listener.Addr().String())
	}
	return out
}

// drainTime is how long the server waits at its end for requests and for outputs.
const drainTime = 10 * time.Second

// Run serves until ctx is done, or until a listener fails. It then stops to accept
// events and delivers the alerts of those that it has.
func (s *Server) Run(ctx context.Context) error {
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	var outputs sync.WaitGroup
	for _, q := range s.sink.queues {
		outputs.Go(func() { q.run(writing) })
	}
	failed := make(chan error, len(s.webhooks))
	for _, h := range s.webhooks {
		s.log.Info("listening", "address", h.listener.Addr().String(), "path", h.path)
		go func() {
			if err := h.serve(); err != nil {
				failed <- fmt.Errorf("listening on %s: %w", h.listener.Addr(), err)
			}
		}()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	draining, cancel := context.WithTimeout(writing, drainTime)
	defer cancel()
	for _, h := range s.webhooks {
		err = errors.Join(err, h.server.Shutdown(draining))
	}
	for _, q := range s.sink.queues {
		q.close()
	}
	stop := context.AfterFunc(draining, stopWriting)
	defer stop()
	outputs.Wait()
	for _, q := range s.sink.queues {
		err = errors.Join(err, q.output.Close())
	}
	return err
}

// accept evaluates the events of a record and returns when their alerts have been written
// to all outputs.
func (s *Server) accept(ctx context.Context, rec *events.Record) error {
	res := s.rules.Load().evaluate(rec)
	for _, d := range res.problems {
		s.log.Warn("unreadable event", "from", rec.Name, "error", d.Error())
	}
	if res.events == 0 && len(res.problems) > 0 {
		return res.problems
	}
	d, err := s.sink.send(res.alerts)
	if err != nil {
		return err
	}
	select {
	case <-d.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reject handles an alert that an output will never take.
func (s *Server) reject(output string, a *Alert, err error) error {
	s.log.Error("alert lost: the output does not take it", "output", output, "rule", a.Rule, "id", a.ID, "error", err)
	return nil
}
