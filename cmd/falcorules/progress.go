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

// progress shows the progress of a long run on a terminal.
type progress struct {
	w      io.Writer
	start  time.Time
	events func() int64 // events read so far
	bytes  atomic.Int64 // bytes of the inputs read so far
	total  int64        // size of all inputs in bytes, or 0 if it is unknown
	stop   chan struct{}
	done   chan struct{}

	mu    sync.Mutex
	width int // of the displayed line, in bytes
}

// progressEvery is the interval between updates. The display appears after the first one.
const progressEvery = time.Second

// startProgress shows the progress on stderr until finish is called. If stderr is not a
// terminal, it shows nothing.
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

// line returns the line to display after some time.
func (p *progress) line(after time.Duration) string {
	n := p.events()
	line := fmt.Sprintf("%s, %.0f events/s", quote.Count(n, "event"), float64(n)/after.Seconds())
	if p.total > 0 {
		// The limit is for files that have grown.
		line = fmt.Sprintf("%d %%, %s", min(100*p.bytes.Load()/p.total, 100), line)
	}
	return line
}

// show replaces the displayed line without escape sequences, which some terminals do not
// support.
func (p *progress) show(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "\r%-*s", p.width, line)
	p.width = len(line)
}

// clear clears the displayed line so that other text can be written.
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

// under returns a writer to w that, if w is a terminal, clears the display before each
// write.
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
