package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/config"
)

// routing writes the alerts of a run to the outputs of their routes. Visitors add alerts on
// one goroutine, and events.Run has them written on another one.
type routing struct {
	cmd     *cobra.Command
	router  *route.Router
	limiter route.Limiter
	outputs map[string]serve.Output
	// templates are those of the outputs.
	templates []rulesfile.Value

	mu      sync.Mutex
	pending map[string][]*serve.Alert // by output
	size    int                       // the number of pending alerts
	counts  map[*route.Route]map[route.Outcome]int
}

// newRouting opens the outputs of a configuration, for the alerts of a ruleset.
func newRouting(cmd *cobra.Command, name string, set *loader.Ruleset) (*routing, error) {
	c, err := config.ReadRoutes(name)
	if err != nil {
		printDiagnostics(cmd.ErrOrStderr(), diag.Of(err))
		return nil, callError("%s is invalid", name)
	}
	printDiagnostics(cmd.ErrOrStderr(), c.Notices)
	r := &routing{cmd: cmd, pending: map[string][]*serve.Alert{}, counts: map[*route.Route]map[route.Outcome]int{}}
	r.templates = c.Templates()
	if r.router, err = route.New(set, c.Rules.Routes, r.templates...); err != nil {
		return nil, rulesError(cmd.ErrOrStderr(), err)
	}
	if r.outputs, err = c.OpenOutputs(cmd.OutOrStdout()); err != nil {
		return nil, callError("%v", err)
	}
	return r, nil
}

// writer returns a function that adds the alert of a match. The line feed that it appends to
// the output makes events.Run call Write.
func (r *routing) writer() func(m eval.Match, out []byte) ([]byte, error) {
	routes := r.router.NewMatcher()
	return func(m eval.Match, out []byte) ([]byte, error) {
		return append(out, '\n'), r.add(routes.Route(route.Alert{Match: m}))
	}
}

// maxPending limits how many alerts wait to be written.
const maxPending = 1024

// add adds an alert, and writes what is pending if that is too much.
func (r *routing) add(taken []route.Taken) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var decided []string // outputs for which an earlier route decides
	for i := range taken {
		t := &taken[i]
		outcome := r.limiter.Pass(t, "", t.Match.Event().Timestamp())
		r.limiter.Written(t.Route, "") // nobody waits for it
		if r.counts[t.Route] == nil {
			r.counts[t.Route] = map[route.Outcome]int{}
		}
		r.counts[t.Route][outcome]++
		var a *serve.Alert
		if outcome == route.Passed {
			a = serve.NewAlert(*t, r.templates)
		}
		for _, name := range t.Route.To {
			if slices.Contains(decided, name) {
				continue
			}
			if decided = append(decided, name); a != nil {
				r.pending[name] = append(r.pending[name], a)
				r.size++
			}
		}
	}
	if r.size < maxPending {
		return nil
	}
	return r.flush()
}

// Write writes the alerts that have been added. It ignores its argument.
func (r *routing) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(p), r.flush()
}

func (r *routing) flush() error {
	for name, alerts := range r.pending {
		delete(r.pending, name)
		for len(alerts) > 0 {
			n, err := r.outputs[name].Write(context.WithoutCancel(r.cmd.Context()), alerts)
			alerts = alerts[n:]
			var rejected *serve.RejectError
			switch {
			case errors.As(err, &rejected) && len(alerts) > 0:
				if r.isDeadLetter(name, alerts[0], rejected) {
					alerts = alerts[1:]
					continue
				}
				printLine(r.cmd.ErrOrStderr(), "falcorules: output %s rejected an alert of rule %s: %v", name, alerts[0].Rule, rejected.Err)
				alerts = alerts[1:]
			case err != nil:
				return fmt.Errorf("output %s: %w", name, err)
			}
		}
	}
	r.size = 0
	return nil
}

// isDeadLetter reports whether an output has written an alert to its own dead letters.
func (r *routing) isDeadLetter(output string, a *serve.Alert, cause error) bool {
	o, ok := r.outputs[output].(serve.DeadLetterer)
	return ok && o.WriteDeadLetter(r.cmd.Context(), a, cause) == nil
}

// summary prints how many alerts the routes took.
func (r *routing) summary(w io.Writer) {
	for _, of := range r.router.Routes() {
		text := ""
		for o := route.Passed; o <= route.RateLimited; o++ {
			if n := r.counts[of][o]; n > 0 {
				text += fmt.Sprintf(", %d %s", n, o)
			}
		}
		if text == "" {
			text = ", no alerts"
		}
		printLine(w, "falcorules: route %s: %s", quote.Name(of.Name), text[len(", "):])
	}
}

// close closes the outputs.
func (r *routing) close() error {
	var err error
	for _, o := range r.outputs {
		err = errors.Join(err, o.Close())
	}
	return err
}
