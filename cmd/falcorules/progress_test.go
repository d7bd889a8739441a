package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTotalSize(t *testing.T) {
	dir := t.TempDir()
	ten, twenty := filepath.Join(dir, "ten"), filepath.Join(dir, "twenty")
	for name, n := range map[string]int{ten: 10, twenty: 20} {
		if err := os.WriteFile(name, make([]byte, n), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(ten)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	pipe, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer w.Close()
	for _, test := range []struct {
		name   string
		inputs []string
		stdin  io.Reader
		want   int64
	}{
		{"files", []string{ten, twenty, ten}, nil, 40},
		{"redirected standard input", []string{"-", twenty}, file, 30},
		{"pipe", []string{"-"}, pipe, 0},
		{"reader", []string{"-"}, strings.NewReader("x"), 0},
		{"file and pipe", []string{ten, "-"}, pipe, 0},
		{"missing file", []string{ten, filepath.Join(dir, "missing")}, nil, 0},
		{"device", []string{os.DevNull}, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := totalSize(test.inputs, test.stdin); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}

func TestProgressLine(t *testing.T) {
	for _, test := range []struct {
		name               string
		total, read, after int64
		want               string
	}{
		{"unknown size", 0, 5, 2, "1000 events, 500 events/s"},
		{"start", 4000, 0, 1, "0 %, 1000 events, 1000 events/s"},
		{"middle", 4000, 1010, 10, "25 %, 1000 events, 100 events/s"},
		{"end", 4000, 4000, 10, "100 %, 1000 events, 100 events/s"},
		{"a file has grown", 4000, 5000, 10, "100 %, 1000 events, 100 events/s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &progress{total: test.total, events: func() int64 { return 1000 }}
			p.bytes.Store(test.read)
			if got := p.line(time.Duration(test.after) * time.Second); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestProgressDisplay checks that the display is replaced and cleared without escape
// sequences, and that output to a file does not affect it.
func TestProgressDisplay(t *testing.T) {
	var terminal, file bytes.Buffer
	p := &progress{w: &terminal, stop: make(chan struct{}), done: make(chan struct{})}
	close(p.done)
	p.show("1000 events")
	p.show("99 events")
	if _, err := io.WriteString(p.under(&file), "alert\n"); err != nil {
		t.Fatal(err)
	}
	if want := "\r1000 events\r99 events  "; terminal.String() != want {
		t.Errorf("the terminal has %q, want %q", terminal.String(), want)
	}
	p.finish()
	if want := "\r1000 events\r99 events  \r         \r"; terminal.String() != want {
		t.Errorf("the terminal has %q at the end, want %q", terminal.String(), want)
	}
}
