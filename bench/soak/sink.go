package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// sink is the HTTP server to which the server under test sends alerts.
type sink struct {
	url    string
	server *http.Server
	state  atomic.Int32

	mu  sync.Mutex
	got map[id]int // after the server has ended
}

// The states of a sink.
const (
	works int32 = iota
	answersErrors
	hangs
	closesConnections
	states
)

func newSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{url: "http://" + l.Addr().String() + "/", got: map[id]int{}}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(l) }() // until close
	return s, nil
}

func (s *sink) close() { s.server.Close() }

// ServeHTTP implements [http.Handler].
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch s.state.Load() {
	case answersErrors:
		http.Error(w, "out of order", http.StatusInternalServerError)
		return
	case hangs:
		for s.state.Load() == hangs && r.Context().Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		panic(http.ErrAbortHandler)
	case closesConnections:
		panic(http.ErrAbortHandler)
	}
	if n, ok := parseID(r.Header.Get("X-Falcorules-Alert-Id")); ok {
		s.mu.Lock()
		s.got[n]++
		s.mu.Unlock()
	}
}

// fail makes the sink fail for a fifth of each interval until ctx is done, and then work.
func (s *sink) fail(ctx context.Context, every time.Duration) {
	defer s.state.Store(works)
	for state := answersErrors; wait(ctx, every*4/5); state = state%(states-1) + 1 {
		s.state.Store(state)
		if !wait(ctx, every/5) {
			return
		}
		s.state.Store(works)
	}
}

// alertsIn returns how often each alert is in some files.
func alertsIn(pattern string) (map[id]int, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	got := map[id]int{}
	for _, name := range files {
		if err := addAlerts(name, got); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return got, nil
}

func addAlerts(name string, got map[id]int) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	broken := 0
	for lines.Scan() {
		var alert struct{ ID string }
		if json.Unmarshal(lines.Bytes(), &alert) != nil {
			broken++ // the process was killed inside the line
			continue
		}
		if n, ok := parseID(alert.ID); ok {
			got[n]++
		}
	}
	if broken > 0 {
		fmt.Printf("%s has %d incomplete lines, as after kills\n", filepath.Base(name), broken)
	}
	return lines.Err()
}
