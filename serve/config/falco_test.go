package config_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/config"
)

// falco reads a falco.yaml with a webhook and these lines, beside rules.yaml.
func falco(t *testing.T, lines string) *config.Config {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"rules.yaml": rules,
		"falco.yaml": "plugins:\n- {name: k8saudit, library_path: a, open_params: 'http://127.0.0.1:0/k8s-audit'}\n- {name: json, library_path: b}\n" +
			"load_plugins: [k8saudit, json]\nstdout_output: {enabled: true}\nsyslog_output: {enabled: false}\n" + lines,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Read("falco.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// TestWebserver runs a falco.yaml with a webserver, which has an address of its own.
func TestWebserver(t *testing.T) {
	for _, test := range []struct {
		name, webserver, metrics string
		path                     string
		status                   int
		want, not                string
	}{
		{"health", "", "", "/healthz", 200, `{"status": "ok"}`, ""},
		{"other health", "k8s_healthz_endpoint: /alive", "", "/alive", 200, `{"status": "ok"}`, ""},
		{"versions", "", "", "/versions", 200, `"engine_version"`, ""},
		{"no metrics", "", "enabled: true, output_rule: true", "/metrics", 404, "", "falcorules"},
		{"metrics disabled", "prometheus_metrics_enabled: true", "enabled: false", "/metrics", 404, "", "falcorules"},
		{"metrics", "prometheus_metrics_enabled: true", "enabled: true", "/metrics", 200, "\nfalcosecurity_falco_rules_matches_total{", ""},
		{"no counters of rules", "prometheus_metrics_enabled: true", "enabled: true, rules_counters_enabled: false", "/metrics", 200, "\nfalcorules_alerts_total 1\n", "rules_matches_total"},
	} {
		t.Run(test.name, func(t *testing.T) {
			port := freePort(t)
			c := falco(t, fmt.Sprintf("rules_files: [rules.yaml]\nwebserver: {enabled: true, listen_address: 127.0.0.1, listen_port: %d, %s}\nmetrics: {interval: 1h, %s}\n", port, test.webserver, test.metrics))
			s := newServer(t, c, io.Discard)
			start(t, s)
			url := "http://" + s.Addresses()[0] + "/k8s-audit"
			resp, err := http.Post(url, "application/json", strings.NewReader(event))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			resp, err = http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, test.path))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != test.status || !strings.Contains(string(text), test.want) || test.not != "" && strings.Contains(string(text), test.not) {
				t.Errorf("%v, %s\n%s", err, resp.Status, text)
			}
		})
	}
}

// newServer returns a server for a configuration, whose log goes to w.
func newServer(t *testing.T, c *config.Config, w io.Writer) *serve.Server {
	t.Helper()
	built, err := c.Build(config.Streams{Stdout: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	built.Log = slog.New(slog.NewTextHandler(w, nil))
	s, err := serve.New(built)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start runs a server until the end of the test.
func start(t *testing.T, s *serve.Server) {
	t.Helper()
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestLogLevel checks the levels of the log for those in a falco.yaml.
func TestLogLevel(t *testing.T) {
	for level, want := range map[string]string{"debug": "debug", "info": "info", "notice": "warn", "warning": "warn", "error": "error", "alert": "error", "emergency": "error"} {
		if c := falco(t, "rules_files: [rules.yaml]\nlog_level: "+level+"\n"); c.LogLevel != want {
			t.Errorf("%s: got %s, want %s", level, c.LogLevel, want)
		}
	}
}

// TestIgnoredRules checks that the log says which rules_files Falco ignores, also after a
// reload.
func TestIgnoredRules(t *testing.T) {
	c := falco(t, "rules_files: [rules.yaml, missing.yaml, rules.txt]\n")
	var log bytes.Buffer
	s := newServer(t, c, &log)
	for range 2 {
		for _, name := range []string{"missing.yaml", "rules.txt"} {
			if !strings.Contains(log.String(), "Falco ignores "+name) {
				t.Errorf("no warning about %s in\n%s", name, log.String())
			}
		}
		log.Reset()
		if err := s.Reload(); err != nil {
			t.Error(err)
		}
	}
	start(t, s) // so that it is closed
}
