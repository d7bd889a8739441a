// Package journal keeps records on disk until they have been processed.
//
//	j, err := journal.Open(dir, journal.Options{})
//	...
//	err = j.Append(ctx, records)    // returns when the records are on the disk
//
//	rec, err := j.Next(ctx)         // in another goroutine
//	...
//	j.Ack(rec)                      // when it has been processed
//
// After a restart, Next returns all records again that were not acknowledged, and perhaps
// some that were.
//
// # Files
//
// A journal is a folder of segments, files to which records are appended. A segment is
// deleted when all its records have been acknowledged and it is no longer written to. The
// file checkpoint has the number of the first record that was not acknowledged; it is
// written from time to time. The file lock keeps other processes away.
//
// Each record has a checksum. An incomplete record at the end of the last segment, as
// after a crash, is cut off. Other damage is reported and skipped: reading goes on with
// the next record that is intact.
package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Options are the options of [Open]. The zero value is ready to use.
type Options struct {
	// MaxBytes limits the size of all segments, by default [DefaultMaxBytes]. If all
	// records have been acknowledged, one more Append may exceed it.
	MaxBytes int64
	// SegmentBytes is the size at which the next segment begins, by default an eighth of
	// MaxBytes, but at most 64 MiB.
	SegmentBytes int64
	// Damaged, if not nil, is called for each part of a segment that is skipped because
	// it is damaged.
	Damaged func(Damage)
}

// DefaultMaxBytes is the default of [Options.MaxBytes].
const DefaultMaxBytes = 1 << 30

// Damage is a part of a segment that cannot be read.
type Damage struct {
	File          string
	Offset, Bytes int64
}

func (d Damage) String() string {
	return fmt.Sprintf("%s: %d bytes at offset %d are damaged", d.File, d.Bytes, d.Offset)
}

// The errors of [Journal.Append].
var (
	// ErrFull is the error if the journal has no room, or too much waits for the disk.
	ErrFull = errors.New("the journal is full")
	// ErrTooLarge is the error for a record of more than [MaxRecord] bytes.
	ErrTooLarge = fmt.Errorf("a record exceeds the limit of %d bytes", MaxRecord)
	// ErrClosed is the error after Close.
	ErrClosed = errors.New("the journal is closed")
)

// MaxRecord is the maximum size of a record in bytes.
const MaxRecord = 16 << 20

// Record is a record that [Journal.Next] returns.
type Record struct {
	Data []byte
	seq  uint64
}

// segment is one file of a journal.
type segment struct {
	path  string
	first uint64 // the number of its first record
	bytes int64  // what can be read, starting with the header
}

// Journal is an open journal. Its methods are safe for concurrent use, but only one
// goroutine at a time may call Next.
type Journal struct {
	dir     string
	options Options
	lock    *flock.Flock
	writer  writer
	reader  reader

	mu       sync.Mutex
	segments []*segment // the last one is written to
	bytes    int64      // of all segments, and of records to be written
	unsynced int64      // of the records to be written
	next     uint64     // the number of the next record
	// durable is the number after the last record on the disk. grown is closed and
	// replaced when it changes.
	durable uint64
	grown   chan struct{}
	closed  bool
	// unacknowledged are the numbers that Next returned, in order. Acknowledged ones stay
	// until all before them are acknowledged.
	unacknowledged []pending
	checkpoint     checkpoint
}

type pending struct {
	seq  uint64
	done bool
}

// Open opens the journal in a folder, which it creates if necessary.
func Open(dir string, o Options) (*Journal, error) {
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.SegmentBytes = cmp.Or(o.SegmentBytes, min(o.MaxBytes/8, 64<<20))
	if o.Damaged == nil {
		o.Damaged = func(Damage) {}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	j := &Journal{dir: dir, options: o, lock: flock.New(filepath.Join(dir, "lock")), grown: make(chan struct{})}
	switch locked, err := j.lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("locking the journal: %w", err)
	case !locked:
		return nil, fmt.Errorf("another process uses the journal %s", dir)
	}
	if err := j.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the journal: %w", err), j.lock.Unlock())
	}
	j.reader.journal = j
	j.writer.start(j)
	return j, nil
}

// recover reads the folder.
func (j *Journal) recover() error {
	j.checkpoint = checkpoint{path: filepath.Join(j.dir, "checkpoint")}
	first := j.checkpoint.read()
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		seq, ok := segmentName(e.Name())
		if !ok || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		j.segments = append(j.segments, &segment{filepath.Join(j.dir, e.Name()), seq, info.Size()})
	}
	slices.SortFunc(j.segments, func(a, b *segment) int { return cmp.Compare(a.first, b.first) })
	j.next = 1
	if n := len(j.segments); n > 0 {
		if err := j.recoverLast(j.segments[n-1]); err != nil {
			return err
		}
	}
	j.next = max(j.next, first)
	j.durable = j.next
	if n := len(j.segments); n > 0 && j.segments[n-1].bytes == 0 {
		// Its name is free again, because the next record starts a new segment.
		if err := os.Remove(j.segments[n-1].path); err != nil {
			return err
		}
		j.segments = j.segments[:n-1]
	}
	for _, s := range j.segments {
		j.bytes += s.bytes
	}
	j.reader.from = first
	return j.trim(first)
}

// recoverLast finds the end of the last segment and cuts off what is behind it.
func (j *Journal) recoverLast(s *segment) error {
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	sc := scanner{file: f, end: s.bytes}
	last := s.first // the next segment needs another name
	for sc.scan() {
		last = max(last, sc.seq)
	}
	end := sc.offset
	if sc.err != nil {
		return sc.err
	}
	j.next = last + 1
	if end == s.bytes {
		return nil
	}
	s.bytes = end
	if err := f.Truncate(end); err != nil {
		return err
	}
	return f.Sync()
}

// trim deletes the segments all of whose records have numbers below seq, except those that
// are read or written. The caller holds mu, or nobody else uses the journal.
func (j *Journal) trim(seq uint64) error {
	for len(j.segments) > 1 && j.segments[1].first <= seq && j.segments[0] != j.reader.segment {
		if err := os.Remove(j.segments[0].path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		j.bytes -= j.segments[0].bytes
		j.segments = j.segments[1:]
	}
	return nil
}

// Append appends records and returns when they are on the disk. If it returns an error,
// some may be.
func (j *Journal) Append(ctx context.Context, records [][]byte) error {
	size := int64(0)
	for _, r := range records {
		if len(r) > MaxRecord {
			return ErrTooLarge
		}
		size += headerSize + int64(len(r))
	}
	if size == 0 {
		return nil
	}
	b, err := j.writer.add(records, size)
	if err != nil {
		return err
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Bytes returns the size of the journal on disk.
func (j *Journal) Bytes() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes
}

// MaxBytes returns the limit of that size.
func (j *Journal) MaxBytes() int64 { return j.options.MaxBytes }

// Pending returns how many records have not been acknowledged.
func (j *Journal) Pending() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.durable - min(j.low(), j.durable)
}

// low returns the number of the first record that has not been acknowledged.
func (j *Journal) low() uint64 {
	if len(j.unacknowledged) > 0 {
		return j.unacknowledged[0].seq
	}
	return j.reader.from
}

// Ack acknowledges a record that Next returned.
func (j *Journal) Ack(r Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	i, ok := slices.BinarySearchFunc(j.unacknowledged, r.seq, func(p pending, seq uint64) int { return cmp.Compare(p.seq, seq) })
	if !ok {
		return nil
	}
	j.unacknowledged[i].done = true
	n := 0
	for n < len(j.unacknowledged) && j.unacknowledged[n].done {
		n++
	}
	if n == 0 || j.closed {
		return nil
	}
	j.unacknowledged = j.unacknowledged[n:]
	low := j.low()
	return errors.Join(j.checkpoint.set(low), j.trim(low))
}

// Close waits for records that are being written and closes the journal. Next must not be
// running.
func (j *Journal) Close() error {
	j.writer.stop()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	close(j.grown)
	return errors.Join(j.reader.close(), j.checkpoint.write(j.low()), j.lock.Unlock())
}

// segmentName returns the number in the name of a segment.
func segmentName(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, ".log")
	if !ok || len(digits) != 16 {
		return 0, false
	}
	seq, err := strconv.ParseUint(digits, 16, 64)
	return seq, err == nil && seq > 0 && seq <= maxSeq
}

// checkpoint is the file with the number of the first record that is not acknowledged.
type checkpoint struct {
	path    string
	written time.Time
}

// checkpointEvery is how often the file is written.
const checkpointEvery = 200 * time.Millisecond

// read returns the number, or 1 if the file is missing or invalid. Records may then be
// returned twice.
func (c *checkpoint) read() uint64 {
	data, err := os.ReadFile(c.path)
	if err != nil {
		return 1
	}
	seq, err := strconv.ParseUint(strings.TrimSpace(string(data)), 10, 64)
	if err != nil || seq == 0 || seq > maxSeq {
		return 1
	}
	return seq
}

// set writes the number if that has not been done for a while.
func (c *checkpoint) set(seq uint64) error {
	if time.Since(c.written) < checkpointEvery {
		return nil
	}
	return c.write(seq)
}

func (c *checkpoint) write(seq uint64) error {
	c.written = time.Now()
	tmp := c.path + ".new"
	if err := os.WriteFile(tmp, fmt.Appendf(nil, "%d\n", seq), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, c.path)
}
