package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/falcorules/falcorules/serve/internal/appendfile"
)

// maxDeadLetters is the maximum size of the file of dead letters, in bytes. Like a full disk,
// a full file makes alerts wait.
const maxDeadLetters = 256 << 20

// deadLetter is a line in the file of dead letters: an alert that an output rejects, or an
// event on which the rules panicked.
type deadLetter struct {
	Output string          `json:"output,omitempty"`
	Error  string          `json:"error"`
	ID     string          `json:"id,omitempty"`
	Alert  json.RawMessage `json:"alert,omitempty"`
	// Event is the event, or a string if it is not JSON.
	Event any `json:"event,omitempty"`
}

// append appends the dead letter to a file.
func (d *deadLetter) append(f *appendfile.File) error {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return err
	}
	return f.Append(line.Bytes())
}

// keep handles events on which the rules panicked. Unless it returns an error, they count as
// processed: trying again would panic again.
func (s *Server) keep(failures []failure) error {
	for _, f := range failures {
		s.log.Error("panic: this is a bug in falcorules", "error", f.reason, "stack", f.stack, "dead_letter", s.deadLetters != nil)
		if s.deadLetters != nil {
			d := deadLetter{Error: f.reason, Event: string(f.text)}
			if json.Valid(f.text) {
				d.Event = json.RawMessage(f.text)
			}
			if err := d.append(s.deadLetters); err != nil {
				s.log.Error("cannot write to the dead letters", "error", err)
				return err
			}
		}
		s.metrics.panics.Inc()
	}
	return nil
}

// keepWait is like keep, but tries again until it works. It returns an error only if ctx is
// done.
func (s *Server) keepWait(ctx context.Context, failures []failure) error {
	for attempt := 0; s.keep(failures) != nil; attempt++ {
		if !defaultRetry.wait(ctx, attempt) {
			return ctx.Err()
		}
	}
	return nil
}

// reject handles an alert that an output will never take. Unless it returns an error, the
// alert counts as written.
func (s *Server) reject(ctx context.Context, output string, a *Alert, cause error) error {
	if o, ok := s.config.Outputs[output].(DeadLetterer); ok {
		err := o.WriteDeadLetter(ctx, a, cause)
		if err == nil {
			s.metrics.of(output).deadLetters.Inc()
			s.log.Warn("the output rejected an alert, which is now in its dead letters", "output", output, "rule", a.Rule, "id", a.ID, "error", cause)
			return nil
		}
		if !errors.As(err, new(*RejectError)) {
			s.log.Error("cannot write to the dead letters", "output", output, "error", err)
			return err
		}
	}
	if s.deadLetters == nil {
		s.metrics.of(output).lost.Inc()
		s.log.Error("alert lost: the output rejected it", "output", output, "rule", a.Rule, "id", a.ID, "error", cause)
		return nil
	}
	d := deadLetter{Output: output, Error: cause.Error(), ID: a.ID, Alert: a.JSON}
	if err := d.append(s.deadLetters); err != nil {
		s.log.Error("cannot write to the dead letters", "output", output, "error", err)
		return err
	}
	s.metrics.of(output).deadLetters.Inc()
	s.log.Warn("the output rejected an alert, which is now in the dead letters", "output", output, "rule", a.Rule, "id", a.ID, "error", cause)
	return nil
}

// Reopen opens the files of outputs and of dead letters again, after other programs have
// renamed them.
func (s *Server) Reopen() error {
	var err error
	for _, q := range s.sink.queues {
		if f, ok := q.output.(interface{ Reopen() error }); ok {
			err = errors.Join(err, f.Reopen())
		}
	}
	if s.deadLetters != nil {
		err = errors.Join(err, s.deadLetters.Reopen())
	}
	if err != nil {
		s.log.Error("cannot reopen the files", "error", err)
		return err
	}
	s.log.Info("reopened the files")
	return nil
}
