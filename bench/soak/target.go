package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// target is the server under test.
type target struct {
	dir, exe   string
	url        string
	operations string
	started    atomic.Int64
	changes    int

	mu      sync.Mutex // while it starts, the rules must load
	process *exec.Cmd
}

// newTarget builds the command and writes its configuration to a folder.
func newTarget(dir, sinkURL string, direct bool) (*target, error) {
	t := &target{dir: dir, exe: filepath.Join(dir, "falcorules")}
	build := exec.Command("go", "build", "-o", t.exe, "./cmd/falcorules")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building falcorules: %w\n%s", err, out)
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if t.operations, err = freeAddress(); err != nil {
		return nil, err
	}
	t.url = "http://" + address + "/k8s-audit"
	var list []string
	for _, file := range t.rules() {
		path, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		list = append(list, strconv.Quote(path))
	}
	journal := "journal: {}\n"
	if direct {
		journal = ""
	}
	return t, os.WriteFile(filepath.Join(dir, "serve.yaml"), fmt.Appendf(nil, `%srules_files: [%s, changing.yaml]
webhooks: [{url: %q}]
operations: %s
state: state
json_include_id_property: true
outputs:
  file: {file: {path: alerts.jsonl, rotate: 64MiB, keep: 1000}}
  http: {http: {url: %q, timeout: 5s}}
log: {level: warn}
`, journal, strings.Join(list, ", "), t.url, t.operations, sinkURL), 0o600)
}

// freeAddress returns an address that the server can listen on, again after each start.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// rules returns the rules whose alerts are checked.
func (*target) rules() []string {
	files, _ := filepath.Glob("../examples/k8s_audit/rules/*.yaml") // the pattern is valid
	return files
}

// changeRules writes other rules, of which every fourth time one does not load. None of them
// fires on the events.
func (t *target) changeRules() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changes++
	return t.writeRules(t.changes%4 == 3)
}

func (t *target) writeRules(broken bool) error {
	text := fmt.Sprintf("- rule: Change %d\n  desc: A rule that changes.\n  condition: ka.verb = change%d\n  output: never\n  priority: NOTICE\n  source: k8s_audit\n", t.changes, t.changes)
	if broken {
		text = "- rule: broken\n"
	}
	path := filepath.Join(t.dir, "changing.yaml")
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// start starts the server and waits until it listens.
func (t *target) start() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.writeRules(false); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(t.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	t.process = exec.Command(t.exe, "serve", "-c", "serve.yaml")
	t.process.Dir, t.process.Stderr = t.dir, log
	if err := t.process.Start(); err != nil {
		return err
	}
	t.started.Add(1)
	for range 300 {
		resp, err := http.Get("http://" + t.operations + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the server is not ready after 30 seconds; see its log")
}

// starts returns how often the server has been started.
func (t *target) starts() int { return int(t.started.Load()) }

// kill kills the server, if it runs.
func (t *target) kill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.process != nil {
		_ = t.process.Process.Kill()
		_ = t.process.Wait()
		t.process = nil
	}
}

// drain waits until all alerts have been written, and ends the server.
func (t *target) drain() error {
	const most = 2 * time.Minute
	for begin := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		m, err := t.metrics()
		if err == nil && m["falcorules_journal_pending_events"]+m[`falcorules_output_queue_alerts{output="http"}`]+m[`falcorules_output_queue_alerts{output="file"}`] == 0 {
			break
		}
		if time.Since(begin) > most {
			return errors.Join(err, fmt.Errorf("alerts still wait after %v", most))
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.process
	t.process = nil
	if err := p.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return p.Wait()
}

// metrics returns the metrics of the server.
func (t *target) metrics() (map[string]float64, error) {
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get("http://" + t.operations + "/metrics")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	out := map[string]float64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, text, ok := strings.Cut(lines.Text(), " ")
		if value, err := strconv.ParseFloat(text, 64); ok && err == nil {
			out[name] = value
		}
	}
	return out, lines.Err()
}
