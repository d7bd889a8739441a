package serve

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/falcorules/falcorules/serve/internal/appendfile"
)

// deadLetter is a line in the file of dead letters.
type deadLetter struct {
	Output string          `json:"output"`
	Error  string          `json:"error"`
	ID     string          `json:"id"`
	Alert  json.RawMessage `json:"alert"`
}

// writeDeadLetter appends an alert that an output rejects to a file.
func writeDeadLetter(f *appendfile.File, output string, a *Alert, cause error) error {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(deadLetter{output, cause.Error(), a.ID, a.JSON}); err != nil {
		return err
	}
	return f.Append(line.Bytes())
}

// reject handles an alert that an output will never take. Unless it returns an error, the
// alert counts as written.
func (s *Server) reject(output string, a *Alert, cause error) error {
	if s.deadLetters == nil {
		s.metrics.of(output).lost.Inc()
		s.log.Error("alert lost: the output does not take it", "output", output, "rule", a.Rule, "id", a.ID, "error", cause)
		return nil
	}
	if err := writeDeadLetter(s.deadLetters, output, a, cause); err != nil {
		s.log.Error("cannot write to the dead letters", "output", output, "error", err)
		return err
	}
	s.metrics.of(output).deadLetters.Inc()
	s.log.Warn("the output does not take an alert, which is now in the dead letters", "output", output, "rule", a.Rule, "id", a.ID, "error", cause)
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
