package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a process that serves.
type server struct {
	cmd *exec.Cmd
	url string
	log *bytes.Buffer
}

var listening = regexp.MustCompile(`msg=listening address=(\S+)`)

// startServer starts falcorules serve in a folder and waits until it listens. Without
// arguments, its configuration is serve.yaml.
func startServer(t *testing.T, dir string, stdout io.Writer, args ...string) *server {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if args == nil {
		args = []string{"-c", "serve.yaml"}
	}
	s := &server{cmd: exec.Command(exe, append([]string{"serve"}, args...)...), log: new(bytes.Buffer)}
	s.cmd.Dir, s.cmd.Stdout = dir, stdout
	s.cmd.Env = append(os.Environ(), runAsCommand+"=1")
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		fmt.Fprintln(s.log, lines.Text())
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			s.url = "http://" + m[1] + "/k8s-audit"
			go func() {
				for lines.Scan() { // so that the process does not block
				}
			}()
			return s
		}
	}
	_ = s.cmd.Wait()
	t.Fatalf("the server does not listen:\n%s", s.log)
	return nil
}

// send posts events from several goroutines until the server is gone, and returns the IDs
// of those that were answered with 200. After the given number of them it kills the server.
func (s *server) send(ctx context.Context, prefix string, kill int) map[string]bool {
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	var senders sync.WaitGroup
	for sender := range 4 {
		senders.Go(func() {
			client := &http.Client{Transport: new(http.Transport)}
			defer client.CloseIdleConnections()
			for i := 0; ctx.Err() == nil && i < 10_000; i++ {
				id := fmt.Sprintf("%s-%d-%d", prefix, sender, i)
				body := fmt.Sprintf(`{"kind":"Event","level":"Metadata","auditID":%q,"stage":"ResponseComplete","verb":"get","stageTimestamp":"2026-03-01T10:00:00Z"}`, id)
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(body))
				if err != nil {
					return
				}
				req.Header.Set("Content-Type", "application/json")
				resp, err := client.Do(req)
				if err != nil {
					return
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					mu.Lock()
					acknowledged[id] = true
					if len(acknowledged) == kill {
						_ = s.cmd.Process.Kill()
					}
					mu.Unlock()
				}
			}
		})
	}
	senders.Wait()
	return acknowledged
}

// TestServeFlags does what the README does: it needs no configuration.
func TestServeFlags(t *testing.T) {
	t.Setenv("TZ", "UTC")
	events, err := os.Open("../../examples/k8s_audit/eventlist.json")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := startServer(t, "../..", &out, "-r", "examples/k8s_audit/rules", "--listen", "http://127.0.0.1:0/k8s-audit")
	resp, err := http.Post(s.url, "application/json", events)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	_ = s.cmd.Process.Signal(os.Interrupt)
	if err := s.cmd.Wait(); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s, %v", resp.Status, err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if !strings.Contains(string(readme), line) {
			t.Errorf("the README does not have the alert %s", line)
		}
	}
	if strings.Count(out.String(), "\n") != 2 {
		t.Errorf("got alerts\n%s", out.String())
	}
}

// TestServeKilled kills the server at random moments, and checks that every event that it
// acknowledged has its alert in the end.
func TestServeKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	const rules = `
- rule: All
  desc: Every event.
  condition: ka.verb exists
  output: "id=%ka.auditid"
  priority: NOTICE
  source: k8s_audit
`
	for name, more := range map[string]string{"direct": "", "journal": "journal: {}\n"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{
				"rules.yaml": rules,
				"serve.yaml": "rules_files: [rules.yaml]\nwebhooks: [{url: 'http://127.0.0.1:0/k8s-audit'}]\nstate: state\noutputs: {file: {file: {path: alerts.txt, format: text}}}\n" + more,
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			acknowledged := map[string]bool{}
			for run := range 4 {
				s := startServer(t, dir, nil)
				for id := range s.send(t.Context(), fmt.Sprint(run), 1+rand.N(200)) {
					acknowledged[id] = true
				}
				_ = s.cmd.Process.Kill() // if it has lost a connection before
				_ = s.cmd.Wait()
			}
			// What the journal still has is written now.
			s := startServer(t, dir, nil)
			written := map[string]bool{}
			missing := func() (ids []string) {
				data, err := os.ReadFile(filepath.Join(dir, "alerts.txt"))
				if err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(string(data)) {
					if _, id, ok := strings.Cut(strings.TrimSpace(line), "id="); ok {
						written[id] = true
					}
				}
				for id := range acknowledged {
					if !written[id] {
						ids = append(ids, id)
					}
				}
				return ids
			}
			for range 3000 {
				if len(missing()) == 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			_ = s.cmd.Process.Signal(os.Interrupt)
			if err := s.cmd.Wait(); err != nil {
				t.Errorf("ending the server: %v\n%s", err, s.log)
			}
			if ids := missing(); len(ids) > 0 || len(acknowledged) == 0 {
				t.Errorf("%d of %d alerts are missing, such as %.3q", len(ids), len(acknowledged), ids)
			}
			t.Logf("%d events were acknowledged, %d written", len(acknowledged), len(written))
		})
	}
}
