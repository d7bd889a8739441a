package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress shows on a terminal how far a long run is. On anything else it does
// nothing.
type progress struct {
	w     io.Writer // nil where nothing is shown
	read  func() int64
	start time.Time
	stop  chan struct{}
	done  chan struct{}

	mu    sync.Mutex
	shown bool
}

// progressEvery is how often the display changes, and how long a run is before
// it appears.
const progressEvery = time.Second

// startProgress shows the number of events read on stderr, if that is a
// terminal, until finish is called.
func startProgress(stderr io.Writer, read func() int64) *progress {
	p := &progress{read: read, start: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	if f, ok := stderr.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		close(p.done)
		return p
	}
	p.w = stderr
	go p.run()
	return p
}

func (p *progress) run() {
	defer close(p.done)
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case now := <-ticker.C:
			n := p.read()
			p.mu.Lock()
			fmt.Fprintf(p.w, "\r\x1b[K%s, %.0f events/s", count(n, "event"), float64(n)/now.Sub(p.start).Seconds())
			p.shown = true
			p.mu.Unlock()
		}
	}
}

// clear takes the display off the line, so that something else can be written.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

func (p *progress) finish() {
	close(p.stop)
	<-p.done
	p.clear()
}

// under returns a writer that clears the display before it writes to w.
func (p *progress) under(w io.Writer) io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		p.clear()
		return w.Write(b)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
