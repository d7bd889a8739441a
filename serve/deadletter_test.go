package serve_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/serve"
)

// TestDeadLetters rejects the first alert of two.
func TestDeadLetters(t *testing.T) {
	for _, name := range []string{"with a file", "without a file"} {
		t.Run(name, func(t *testing.T) {
			out := &output{fail: func(call int) error {
				if call == 1 {
					return &serve.RejectError{Err: errors.New("400 <bad>")}
				}
				return nil
			}}
			path := filepath.Join(t.TempDir(), "dead.jsonl")
			var log bytes.Buffer
			c := serve.Config{
				Rules: rulesIn(t), Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}},
				Outputs: map[string]serve.Output{"out": out}, Log: slog.New(slog.NewTextHandler(&log, nil)),
			}
			if name == "with a file" {
				c.DeadLetters = path
			}
			url, stop := run(t, c)
			if status, answer := post(t, url, list(event("1", "a"), event("2", "b"))); status != 200 {
				t.Errorf("got %d %s", status, answer)
			}
			stop()
			if got := out.texts(); got != "10:00:00.500000000: Notice ann read b\n" {
				t.Errorf("got %q", got)
			}
			data, err := os.ReadFile(path)
			if c.DeadLetters == "" {
				if err == nil || !strings.Contains(log.String(), "alert lost") {
					t.Errorf("got %q and the log\n%s", data, log.String())
				}
				return
			}
			var letter struct {
				Output, Error, ID string
				Alert             struct{ Rule string }
			}
			if err := json.Unmarshal(data, &letter); err != nil {
				t.Fatalf("%v in %q", err, data)
			}
			if letter.Output != "out" || letter.Error != "400 <bad>" || len(letter.ID) != 32 || letter.Alert.Rule != "Secret read" || !bytes.HasSuffix(data, []byte("}\n")) {
				t.Errorf("got %s", data)
			}
		})
	}
}

// TestDeadLettersFail checks that an alert is not lost if the file cannot be written.
func TestDeadLettersFail(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "dead.jsonl")
	calls := 0
	out := &output{fail: func(int) error {
		if calls++; calls == 2 {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Error(err)
			}
		}
		return &serve.RejectError{Err: errors.New("400")}
	}}
	c := serve.Config{
		Rules: rulesIn(t), Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}},
		Outputs: map[string]serve.Output{"out": out}, DeadLetters: path,
	}
	s, err := serve.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Reopen(); err == nil {
		t.Error("Reopen: no error")
	}
	url, stop := serving(t, s)
	if status, answer := post(t, url, event("1", "a")); status != 200 {
		t.Errorf("got %d %s", status, answer)
	}
	stop()
	if data, err := os.ReadFile(path); err != nil || bytes.Count(data, []byte("\n")) != 1 {
		t.Errorf("got %q, %v", data, err)
	}
}
