package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falcorules/falcorules/internal/quote"
)

// progress shows on a terminal how far a long run is. On anything else it does
// nothing.
type progress struct {
	w     io.Writer
	start time.Time
	// events is how many events were read, bytes how many bytes of the inputs.
	events func() int64
	bytes  atomic.Int64
	// total is the size of all inputs in bytes, or 0 if it is unknown.
	total int64
	stop  chan struct{}
	done  chan struct{}

	mu    sync.Mutex
	width int // of the line that is shown, in bytes
}

// progressEvery is how often the display changes, and how long a run is before
// it appears.
const progressEvery = time.Second

// startProgress shows on stderr, if that is a terminal, how far the reading of inputs
// is, until finish is called.
func startProgress(stderr io.Writer, stdin any, inputs []string, events func() int64) *progress {
	p := &progress{start: time.Now(), events: events, total: totalSize(inputs, stdin), stop: make(chan struct{}), done: make(chan struct{})}
	if !isTerminal(stderr) {
		close(p.done)
		return p
	}
	p.w = stderr
	go p.run()
	return p
}

// totalSize returns the size of all inputs, or 0 if one is not a regular file.
func totalSize(inputs []string, stdin any) int64 {
	var total int64
	for _, name := range inputs {
		info, err := stat(name, stdin)
		if err != nil || !info.Mode().IsRegular() {
			return 0
		}
		total += info.Size()
	}
	return total
}

func stat(name string, stdin any) (os.FileInfo, error) {
	if name != stdinName {
		return os.Stat(name)
	}
	f := asFile(stdin)
	if f == nil {
		return nil, os.ErrInvalid
	}
	return f.Stat()
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
			p.show(p.line(now.Sub(p.start)))
		}
	}
}

// line says how far the run is after some time.
func (p *progress) line(after time.Duration) string {
	n := p.events()
	line := fmt.Sprintf("%s, %.0f events/s", quote.Count(n, "event"), float64(n)/after.Seconds())
	if p.total > 0 {
		// A file may have grown since.
		line = fmt.Sprintf("%d %%, %s", min(100*p.bytes.Load()/p.total, 100), line)
	}
	return line
}

// show replaces the line that is shown. It needs no escape sequences, which a
// terminal may not know.
func (p *progress) show(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "\r%-*s", p.width, line)
	p.width = len(line)
}

// clear takes the display off the line, so that something else can be written.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.width > 0 {
		fmt.Fprint(p.w, "\r", strings.Repeat(" ", p.width), "\r")
		p.width = 0
	}
}

func (p *progress) finish() {
	close(p.stop)
	<-p.done
	p.clear()
}

// under returns a writer that clears the display before it writes to w, if w is a
// terminal: a file and the display do not get in each other's way.
func (p *progress) under(w io.Writer) io.Writer {
	if !isTerminal(w) {
		return w
	}
	return writerFunc(func(b []byte) (int, error) {
		p.clear()
		return w.Write(b)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
