package journal

import (
	"context"
	"fmt"
	"os"
	"slices"
)

// reader reads the records in order.
type reader struct {
	journal *Journal
	file    *os.File // of segment; nil if none is open
	scanner scanner

	// Protected by the journal's mu:
	from    uint64   // the number of the next record
	segment *segment // what is being read, or nil before the first
}

// Next returns the next record, and waits for it. Its data is valid until the next call.
// After Close it returns [ErrClosed].
func (j *Journal) Next(ctx context.Context) (Record, error) {
	for {
		j.mu.Lock()
		grown, more, closed := j.grown, j.reader.from < j.durable, j.closed
		j.mu.Unlock()
		switch {
		case closed:
			return Record{}, ErrClosed
		case more:
			rec, ok, err := j.reader.read()
			if ok || err != nil {
				return rec, err
			}
			continue
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return Record{}, ctx.Err()
		}
	}
}

// read reads the next record. It returns false if it has only moved to another segment, or
// skipped damage.
func (r *reader) read() (Record, bool, error) {
	j := r.journal
	j.mu.Lock()
	s, last, end := r.choose()
	durable := j.durable
	j.mu.Unlock()
	if s == nil {
		return Record{}, false, nil
	}
	if r.file == nil {
		var err error
		if r.file, err = os.Open(s.path); err != nil {
			return Record{}, false, fmt.Errorf("reading the journal: %w", err)
		}
		r.scanner = scanner{file: r.file, window: r.scanner.window[:0]}
	}
	r.scanner.end = end
	start := r.scanner.offset
	ok := r.scanner.scan()
	if err := r.scanner.err; err != nil {
		return Record{}, false, fmt.Errorf("reading the journal %s: %w", s.path, err)
	}
	if !ok {
		if start < end {
			j.options.Damaged(Damage{s.path, start, end - start})
			r.scanner.offset = end
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		if last {
			r.from = durable
			return Record{}, false, nil
		}
		r.segment = j.segments[slices.Index(j.segments, s)+1]
		err := r.file.Close()
		r.file = nil
		return Record{}, false, err
	}
	if n := r.scanner.skipped; n > 0 {
		j.options.Damaged(Damage{s.path, start, n})
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if r.scanner.seq < r.from {
		return Record{}, false, nil // it was acknowledged before the last restart
	}
	r.from = r.scanner.seq + 1
	j.unacknowledged = append(j.unacknowledged, pending{seq: r.scanner.seq})
	return Record{r.scanner.data, r.scanner.seq}, true, nil
}

// choose returns the segment to read from, whether it is the last one, and its end.
func (r *reader) choose() (s *segment, last bool, end int64) {
	segments := r.journal.segments
	if len(segments) == 0 {
		r.from = r.journal.durable
		return nil, false, 0
	}
	if r.segment == nil {
		r.segment = segments[0]
	}
	return r.segment, r.segment == segments[len(segments)-1], r.segment.bytes
}

func (r *reader) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
