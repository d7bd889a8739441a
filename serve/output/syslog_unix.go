//go:build unix

package output

import (
	"context"
	"log/syslog"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/serve"
)

// Syslog returns an output that writes to the system's log, with the priority of the rule
// and the facility user, as Falco does. Alerts count as written when the daemon has taken
// them.
func Syslog(f serve.Format) (serve.Output, error) {
	w, err := syslog.New(syslog.LOG_USER|syslog.LOG_NOTICE, "falcorules")
	if err != nil {
		return nil, err
	}
	return &syslogOutput{w, f}, nil
}

type syslogOutput struct {
	w      *syslog.Writer
	format serve.Format
}

// Write implements [serve.Output].
func (s *syslogOutput) Write(_ context.Context, alerts []*serve.Alert) (int, error) {
	write := [...]func(string) error{
		eval.PriorityEmergency: s.w.Emerg, eval.PriorityAlert: s.w.Alert, eval.PriorityCritical: s.w.Crit, eval.PriorityError: s.w.Err,
		eval.PriorityWarning: s.w.Warning, eval.PriorityNotice: s.w.Notice, eval.PriorityInformational: s.w.Info, eval.PriorityDebug: s.w.Debug,
	}
	for i, a := range alerts {
		if err := write[a.Priority](string(a.Line(s.format))); err != nil {
			return i, err
		}
	}
	return len(alerts), nil
}

// Format implements [serve.Output].
func (s *syslogOutput) Format() serve.Format { return s.format }

// Close implements [serve.Output].
func (s *syslogOutput) Close() error { return s.w.Close() }
