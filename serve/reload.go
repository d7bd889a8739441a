package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/route"
)

// Reload loads the rules again. If they do not load, the old rules stay, the outputs get
// Falco's alert "Falco internal: hot restart failure", and the error is a [diag.List].
// Events that are being processed are not lost; they see either the old rules or the new
// ones.
func (s *Server) Reload() error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	rs, warnings, err := s.config.Rules.load(s.routes, templatesOf(s.config.Outputs), s.formats, s.rules.Load())
	s.report("rules", warnings)
	if err != nil {
		s.metrics.reloads.WithLabelValues("failed").Inc()
		s.log.Error("the rules do not load, so the old ones stay in use", "error", err.Error())
		s.alertInternal(route.HotRestartFailure, err.Error())
		return err
	}
	s.rules.Store(rs)
	s.metrics.reloads.WithLabelValues("ok").Inc()
	s.log.Info("loaded new rules", "rules", len(rs.engine.Rules()))
	return nil
}

// alertInternal sends one of Falco's alerts about itself to the outputs, unless a queue is
// full.
func (s *Server) alertInternal(rule *eval.Rule, message string) {
	now := time.Now().UTC()
	message = rule.Name + ": " + message
	location := s.config.Rules.Location
	if location == nil {
		location = time.UTC
	}
	id := sha256.Sum256(fmt.Append(nil, now.UnixNano(), rule.Name, message))
	a := &Alert{
		ID: hex.EncodeToString(id[:16]), Rule: rule.Name, Priority: rule.Priority, Source: rule.Source, Time: now,
		Text: fmt.Appendf(nil, "%s: %s %s ()", now.In(location).Format("15:04:05.000000000"), rule.Priority, message),
	}
	// The keys are in the order of Falco, which is that of their names.
	a.JSON, _ = json.Marshal(struct { // text always has JSON
		Hostname     string         `json:"hostname"`
		Output       string         `json:"output"`
		OutputFields map[string]any `json:"output_fields"`
		Priority     string         `json:"priority"`
		Rule         string         `json:"rule"`
		Source       string         `json:"source"`
		Time         string         `json:"time"`
	}{s.config.Rules.Hostname, message, map[string]any{}, a.Priority.String(), a.Rule, a.Source, now.Format("2006-01-02T15:04:05.000000000Z")})
	if s.formats.id {
		a.JSON = withID(a.JSON, a.ID)
	}
	var alerts []routed
	rs := s.rules.Load()
	taken := rs.router.NewMatcher().Route(route.Alert{Match: eval.Match{Rule: rule}, Message: message})
	for _, t := range taken {
		a.Filled = filled(t, rs.templates)
		alerts = append(alerts, routed{taken: t, alert: a, number: 1})
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.sink.send(ctx, alerts, func() {}); err != nil {
		s.log.Error("alert lost", "rule", a.Rule, "error", err)
		return
	}
	s.metrics.alerts.Inc()
}

// watch reloads the rules when their files change.
func (s *Server) watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	loaded, seen := s.watched, s.watched
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := fingerprint(s.config.Rules.Paths)
		if now != seen {
			seen = now // wait until the files do not change any more
			continue
		}
		if now != loaded {
			loaded = now
			_ = s.Reload() // it has reported the error
		}
	}
}

// fingerprint returns a text that changes when one of the files does, or the files in one of
// the folders. It follows links, so that it notices when Kubernetes updates a ConfigMap.
func fingerprint(paths []string) string {
	h := sha256.New()
	add := func(path string) {
		target, _ := filepath.EvalSymlinks(path)
		fmt.Fprintf(h, "%q %q ", path, target)
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintln(h, info.Size(), info.ModTime().UnixNano(), info.Mode(), fileID(info))
		}
	}
	for _, p := range paths {
		add(p)
		entries, _ := os.ReadDir(p) // nothing for a file
		for _, e := range entries {
			add(filepath.Join(p, e.Name()))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
