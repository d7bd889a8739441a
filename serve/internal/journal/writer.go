package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/falcorules/falcorules/serve/internal/syncdir"
)

// writer writes records. All records that arrive while it waits for the disk are written
// together next.
type writer struct {
	journal *Journal
	// wake has room for one signal that there is something to write, or that the journal
	// closes.
	wake    chan struct{}
	stopped chan struct{}

	// Protected by the journal's mu:
	batch   *batch // to be written next
	closing bool

	// Used only by run:
	file *os.File // of the last segment; nil if the next record starts a new one
}

// maxUnsynced limits the memory for records that wait for the disk, in bytes.
const maxUnsynced = 64 << 20

// batch is a number of records that are written together.
type batch struct {
	buf     []byte
	records uint64
	size    int64
	done    chan struct{} // closed when it has been written, or err is set
	err     error
}

func (w *writer) start(j *Journal) {
	w.journal = j
	w.wake, w.stopped = make(chan struct{}, 1), make(chan struct{})
	go w.run()
}

// add adds records of the given total size to the next batch. If all records have been
// acknowledged, there is room for anything: the last segment is not deleted before the next
// one begins, and would otherwise fill the journal for ever.
func (w *writer) add(records [][]byte, size int64) (*batch, error) {
	j := w.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case w.closing:
		return nil, ErrClosed
	case j.bytes+size > j.options.MaxBytes && (j.low() < j.durable || j.unsynced > 0):
		return nil, ErrFull
	case j.unsynced+size > maxUnsynced && j.unsynced > 0: // the disk is too slow
		return nil, ErrFull
	}
	b := w.batch
	if b == nil {
		b = &batch{done: make(chan struct{})}
		w.batch = b
	}
	for _, r := range records {
		b.buf = appendRecord(b.buf, j.next, r)
		j.next++
	}
	b.records += uint64(len(records))
	b.size += size
	j.bytes += size
	j.unsynced += size
	w.signal()
	return b, nil
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// stop waits until everything has been written.
func (w *writer) stop() {
	w.journal.mu.Lock()
	w.closing = true
	w.journal.mu.Unlock()
	w.signal()
	<-w.stopped
}

func (w *writer) run() {
	defer close(w.stopped)
	j := w.journal
	for range w.wake {
		j.mu.Lock()
		b, closing := w.batch, w.closing
		w.batch = nil
		first := j.next
		if b != nil {
			first -= b.records
		}
		j.mu.Unlock()
		if b != nil {
			b.err = w.write(b, first)
			close(b.done)
		}
		if closing && b == nil {
			if w.file != nil {
				_ = w.file.Close() // everything has been synced
			}
			return
		}
		if closing {
			w.signal()
		}
	}
}

// write writes a batch that begins with the given number.
func (w *writer) write(b *batch, first uint64) error {
	j := w.journal
	err := w.open(first)
	if err == nil {
		_, err = w.file.Write(b.buf)
	}
	if err == nil {
		err = w.file.Sync()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.unsynced -= b.size
	if err != nil {
		// After an error nobody knows what is on the disk. The next batch starts a new
		// segment, and the numbers of this one are not used again.
		j.bytes -= b.size
		if w.file != nil {
			w.abandon()
		}
		return fmt.Errorf("writing to the journal: %w", err)
	}
	s := j.segments[len(j.segments)-1]
	s.bytes += b.size
	if s.bytes >= j.options.SegmentBytes {
		err = w.file.Close()
		w.file = nil
	}
	j.durable = first + b.records
	close(j.grown)
	j.grown = make(chan struct{})
	return err
}

// abandon gives up the last segment after an error. What was written of the batch does not
// count, so that it must not take up room. The caller holds the journal's mu.
func (w *writer) abandon() {
	j := w.journal
	_ = w.file.Close()
	w.file = nil
	last := len(j.segments) - 1
	s := j.segments[last]
	if s.bytes > 0 || s == j.reader.segment {
		_ = os.Truncate(s.path, s.bytes) // the next start would skip or return what is left
	} else if os.Remove(s.path) == nil {
		j.segments = j.segments[:last]
	}
}

// open makes sure that there is a file to write to.
func (w *writer) open(first uint64) error {
	if w.file != nil {
		return nil
	}
	j := w.journal
	path := filepath.Join(j.dir, fmt.Sprintf("%016x.log", first))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if err := syncdir.Sync(j.dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	w.file = f
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments = append(j.segments, &segment{path: path, first: first})
	return nil
}
