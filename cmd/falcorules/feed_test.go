package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const feedRules = `
- rule: Everything
  desc: all events
  condition: proc.pid >= 0
  output: "%proc.env[NAME3] %proc.pid"
  priority: INFO
`

// feedInput has enough fixtures for many batches. Some of them are invalid.
func feedInput(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		switch {
		case i%1000 == 3:
			b.WriteString("{\"fields\": {\"proc.pid\": \"x\"}}\n")
		case i%1000 == 4:
			b.WriteString("{\"fields\": {\n")
		default:
			fmt.Fprintf(&b, "{\"fields\": {\"proc.pid\": %d, \"proc.name\": %q, \"proc.env[NAME%d]\": \"v\"}}\n", i, strings.Repeat("n", i%200), i%5)
		}
	}
	return b.Bytes()
}

// TestJobs checks that the number of goroutines does not change the output.
func TestJobs(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yaml")
	counted := filepath.Join(dir, "counted.yaml")
	events := filepath.Join(dir, "events.jsonl")
	for name, text := range map[string]string{rules: feedRules, counted: strings.ReplaceAll(feedRules, "%proc.pid", "%evt.num"), filepath.Join(dir, "empty.jsonl"): "", events: string(feedInput(5000))} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{rules, counted} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var want [2]string
			for jobs := 1; jobs <= 16; jobs *= 4 {
				var stdout, stderr bytes.Buffer
				status := execute(t.Context(), []string{"run", "-r", file, "--jobs", fmt.Sprint(jobs), events, filepath.Join(dir, "empty.jsonl"), events}, nil, &stdout, &stderr)
				got := [2]string{stdout.String(), stderr.String()}
				if jobs == 1 {
					want = got
				}
				if status != exitOK || got != want {
					t.Errorf("%s: %d jobs do not have the results of one; status %d", filepath.Base(file), jobs, status)
				}
			}
			if n := strings.Count(want[0], "\n"); n < 9750 || !strings.Contains(want[1], "20 of 10000 events") {
				t.Errorf("%s: %d lines; %s", filepath.Base(file), n, want[1])
			}
			if n := strings.Count(want[0], " v "); n != 2*(5000/5-5) {
				t.Errorf("%s: %d alerts have the variable", filepath.Base(file), n)
			}
		})
	}
}

// TestFollow checks that an alert is printed as soon as its event is read, and that an
// interrupt ends an endless input.
func TestFollow(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte(feedRules), 0o600); err != nil {
		t.Fatal(err)
	}
	stdin, events := io.Pipe()
	alerts, stdout := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	status := make(chan int, 1)
	go func() {
		status <- execute(ctx, []string{"run", "-r", rules, "-"}, stdin, stdout, io.Discard)
		stdout.Close()
	}()
	line := make([]byte, 200)
	for i := range 3 {
		fmt.Fprintf(events, "{\"fields\": {\"proc.pid\": %d}}\n", i)
		n, err := alerts.Read(line)
		if err != nil || !strings.HasSuffix(string(line[:n]), fmt.Sprintf(" %d\n", i)) {
			t.Fatalf("event %d: %q, %v", i, line[:n], err)
		}
	}
	interrupt()
	rest, err := io.ReadAll(alerts)
	if err != nil || !strings.Contains(string(rest), "Events detected: 3") {
		t.Errorf("at the end: %q, %v", rest, err)
	}
	if got := <-status; got != exitInterrupted {
		t.Errorf("status %d", got)
	}
}
