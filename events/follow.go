package events

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/falcorules/falcorules/diag"
)

// FollowOptions are the options of [Follow]. The zero value is usable.
type FollowOptions struct {
	// From is a position that an earlier [Follower] of the same file returned. Reading
	// resumes after it, even if the file has been rotated in the meantime.
	From Position
	// FromStart reads the lines that the file already has. Without it, and without From,
	// the first line is the first that ends after the call of Follow.
	FromStart bool
	// MaxLineSize is the maximum size of a line in bytes. Longer lines are reported and
	// skipped. If it is 0 or less, the limit is 2 MiB.
	MaxLineSize int
	// Poll is how often the file is checked for new lines, by default every 250 ms.
	Poll time.Duration
}

const (
	defaultMaxLine = 2 << 20
	defaultPoll    = 250 * time.Millisecond
	// latePolls is how often a file is looked at after its successor has begun, since it
	// last had new text. With the default interval, this takes ten seconds. A file that
	// ends inside a line stays open for longer.
	latePolls = 40
	// maxLate limits how many such files are open.
	maxLate = 4
	// maxRead limits how many files are known to be read.
	maxRead = 16
)

// Follow returns an input of the lines that are written to a file, each of which is a
// record in JSON. It waits for the file if it does not exist yet, and for more lines at its
// end.
func Follow(path string, o FollowOptions) *Follower {
	if o.MaxLineSize <= 0 {
		o.MaxLineSize = defaultMaxLine
	}
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	f := &Follower{path: path, options: o, beforeWait: func() {}}
	if o.From.IsZero() {
		f.begin()
	} else {
		f.resume(o.From)
	}
	f.acked.origin = f.newOrigin(nil)
	return f
}

// Follower is an [Input] that follows a file, as tail -F does. The file may be
//
//   - renamed and created again, or replaced by another file or link: what is written to
//     the old file is read to its end before the new one, and for a while after that. If
//     the old file ends inside a line, this is reported, but the rest of the line is still
//     read if it comes before four more rotations
//   - copied and truncated: what has not been read of the file is read from the copy
//   - removed and created again
//
// Renamed files and copies are found if they are beside the file and named after it:
// audit.log.1, audit.log-20260301, audit-2026-03-01T10-20-30.123.log.
//
// A line is read when it is complete, with its line break. A Follower that resumes at a
// position, see [Record.Position], also reads what was written and rotated meanwhile.
// Compressed files are not read.
//
// Only Ack, Acked, Path and Lag may be called concurrently with other methods.
type Follower struct {
	path       string
	options    FollowOptions
	beforeWait func()
	closed     bool

	// files protects what is below against Lag. It is not locked while Next waits.
	files sync.Mutex

	rec      Record
	problems []*diag.Diagnostic // to return from Next
	// complaint is the last problem with the file itself, which is not repeated.
	complaint string

	// current is the file that is read. It is nil if the next one has to be opened: the
	// first that was modified at or after since.
	current *tail
	since   time.Time
	// queue are files to read after current, and late are files before it, which may
	// still be written to.
	queue, late []*tail
	// read are the last files that were read to their end and closed.
	read []fs.FileInfo
	// emitter is the file of the last record.
	emitter *tail

	mu    sync.Mutex
	acked Record // without text
}

// BeforeWait implements [Waiter].
func (f *Follower) BeforeWait(do func()) { f.beforeWait = do }

// Next implements [Input]. It returns io.EOF only after Close.
func (f *Follower) Next(ctx context.Context) (*Record, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if f.closed {
			return nil, io.EOF
		}
		rec, err := f.advance(ctx)
		if rec != nil || err != nil {
			return rec, err
		}
		f.beforeWait()
		select {
		case <-ctx.Done():
		case <-time.After(f.options.Poll):
		}
	}
}

// Close implements [Input].
func (f *Follower) Close() error {
	f.files.Lock()
	defer f.files.Unlock()
	f.closed = true
	for _, t := range slices.Concat(f.late, []*tail{f.current}, f.queue) {
		if t != nil {
			t.file.Close()
		}
	}
	f.late, f.current, f.queue = nil, nil, nil
	return nil
}

// Ack implements [Acker]: it makes the position after a record the result of Acked.
func (f *Follower) Ack(rec *Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acked = *rec
	f.acked.Raw = nil
	return nil
}

// Acked returns the position after the last acknowledged record, or the position where
// the Follower began.
func (f *Follower) Acked() Position {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.acked.Position()
}

// Path returns the path of the file.
func (f *Follower) Path() string { return f.path }

// Lag returns how many bytes Next has not returned yet, in the file and in rotated files that
// come before it, including an unfinished line.
func (f *Follower) Lag() int64 {
	f.files.Lock()
	defer f.files.Unlock()
	open := slices.Concat(f.late, []*tail{f.current}, f.queue)
	var lag int64
	var last *tail
	for _, t := range open {
		if t == nil {
			continue
		}
		last = t
		if info, err := t.file.Stat(); err == nil {
			lag += max(0, info.Size()-t.base-int64(t.pos))
		}
	}
	info, err := os.Stat(f.path)
	if err == nil && (last == nil || !os.SameFile(info, last.info)) {
		lag += info.Size()
	}
	if f.current == nil || err == nil && os.SameFile(info, f.current.info) {
		return lag // there are no others after it
	}
	found := siblings(f.path)
	found = modifiedSince(f.unread(found[indexOf(found, f.current.info)+1:]), f.current.info.ModTime())
	for _, s := range found {
		lag += s.info.Size()
	}
	return lag
}

// advance returns the next record or diagnostic, or nothing if it is time to wait.
func (f *Follower) advance(ctx context.Context) (*Record, error) {
	f.files.Lock()
	defer f.files.Unlock()
	for {
		if len(f.problems) > 0 {
			d := f.problems[0]
			f.problems = f.problems[1:]
			return nil, d
		}
		rec, again := f.step(ctx)
		if rec != nil {
			return rec, nil
		}
		if !again && len(f.problems) == 0 {
			return nil, nil
		}
	}
}

// step returns a record, or reads more text and reports whether there may be a record
// in it.
func (f *Follower) step(ctx context.Context) (rec *Record, again bool) {
	if f.current == nil {
		// After a restart, files to read come before the one that is not open yet.
		if rec, again = f.stepLate(ctx); again {
			return rec, true
		}
	}
	if f.current != nil || f.open() {
		t := f.current
		if rec = f.take(ctx, t); rec != nil || len(f.problems) > 0 || f.fill(t) || f.moveOn(t) {
			return rec, true
		}
	}
	if rec, again = f.stepLate(ctx); again {
		return rec, true
	}
	if f.current == nil || len(f.current.head) == 0 {
		return nil, false // the writer may not have opened the next file yet
	}
	for _, t := range slices.Clone(f.late) {
		switch t.quiet++; {
		case t.quiet <= latePolls:
		case t.endsInValue():
			t.final, again = true, true
		case len(t.rest().text) > 0: // its writer may still go on
			f.reportRest(t, insideLine)
		default:
			f.finish(t)
		}
	}
	return nil, again
}

// stepLate is like step for the files before the current one.
func (f *Follower) stepLate(ctx context.Context) (rec *Record, again bool) {
	for _, t := range f.late {
		if rec = f.take(ctx, t); rec != nil || len(f.problems) > 0 || f.fill(t) {
			return rec, true
		}
	}
	return nil, false
}

// take returns the next line of a file, if it has been read.
func (f *Follower) take(ctx context.Context, t *tail) *Record {
	if !t.countLines(ctx) {
		return nil
	}
	l, ok := t.next()
	switch {
	case !ok:
		return nil
	case l.tooLong:
		f.reportText(t, l, fmt.Sprintf("line exceeds the limit of %d bytes", t.limit))
		return nil
	}
	if f.emitter != t || t.origin == nil {
		f.emitter, t.origin = t, f.newOrigin(t)
	}
	end := l.offset + int64(len(l.text))
	t.done, t.doneLine = end, l.line
	f.rec = Record{Raw: l.text, Name: t.name, Pos: l.pos(), Format: JSON, origin: t.origin, end: end}
	return &f.rec
}

// fill reads more of a file. It returns false at its end.
func (f *Follower) fill(t *tail) bool {
	wasEmpty, modified := len(t.head) == 0, t.info.ModTime()
	more, err := t.fill()
	switch {
	case errors.Is(err, errTruncatedFile):
		f.truncated(t)
		return true
	case err != nil:
		f.complain(err) // the next poll tries again
	case more:
		t.quiet = 0
		f.complaint = ""
	}
	if wasEmpty && t == f.current && (more || !t.info.ModTime().Equal(modified)) {
		more = f.catchUp(t, modified) || more
	}
	return more
}

// catchUp finds the copies of a file that were made and truncated since the time when it
// was empty, and reads them first.
func (f *Follower) catchUp(t *tail, since time.Time) bool {
	missed := siblings(f.path)
	if i := indexOf(missed, t.info); i >= 0 {
		missed = missed[:i]
	}
	missed = modifiedSince(f.unread(missed), since)
	after := append([]*tail{t}, f.queue...)
	f.queue = nil
	for i := range missed[:min(len(missed), maxLate)] {
		f.enqueue(&missed[i])
	}
	if len(f.queue) > 0 && (len(missed) > maxLate || len(t.head) == 0) {
		// Other missed files, and then t, are found again as successors. While t is empty, the
		// files before it may still be written to.
		for _, other := range after {
			other.file.Close()
		}
		after = nil
	}
	f.queue = append(f.queue, after...)
	f.current, f.queue = f.queue[0], f.queue[1:]
	return f.current != t
}

// truncated goes on after a file has lost what was read of it.
func (f *Follower) truncated(t *tail) {
	if t != f.current {
		f.finish(t)
		return
	}
	if c := f.copyOf(t); c != nil {
		t.file.Close()
		f.current = c
		return
	}
	f.reportRest(t, "line was cut off when the file was truncated")
	t.restart()
}

// copyOf opens the copy that was made of a file before it was truncated, unless there is
// nothing more to read in it.
func (f *Follower) copyOf(t *tail) *tail {
	found := siblings(f.path)
	for i, s := range slices.Backward(found) {
		if s.info.Size() < t.end() || os.SameFile(s.info, t.info) {
			continue
		}
		c, err := openTail(s.path, s.info, t.limit)
		if err != nil {
			continue
		}
		if c.beginsLike(t) {
			c.adopt(t)
			newest := i == len(found)-1
			if !newest || c.info.Size() > t.end() || len(t.rest().text) > 0 {
				return c
			}
			f.close(c)
			return nil
		}
		c.file.Close()
	}
	return nil
}

// moveOn goes on with the next file when t has been read to its end. It returns false if
// there is none, or it is still empty: until then, t may be written to.
func (f *Follower) moveOn(t *tail) bool {
	if len(f.queue) == 0 {
		s := f.successor(t)
		switch {
		case s == nil:
			t.superseded = false
			return false
		case !t.superseded:
			// Read once more what was written before the next file had any text.
			t.superseded = true
			return true
		}
		if !f.enqueue(s) {
			return false
		}
	}
	if t.endsInValue() {
		t.final = true
		return true
	}
	f.late = append(f.late, t)
	if len(f.late) > maxLate {
		f.finish(f.late[0])
	}
	f.current, f.queue = f.queue[0], f.queue[1:]
	f.emitter = nil
	return true
}

// finish closes a file that comes before the current one.
func (f *Follower) finish(t *tail) {
	f.reportRest(t, insideLine)
	f.close(t)
	f.late = slices.DeleteFunc(f.late, func(other *tail) bool { return other == t })
	f.emitter = nil
}

// close closes a file that was read to its end.
func (f *Follower) close(t *tail) {
	t.file.Close()
	if len(f.read) == maxRead {
		f.read = slices.Delete(f.read, 0, 1)
	}
	f.read = append(f.read, t.info)
}

// begin begins without a position.
func (f *Follower) begin() {
	// Times of files come from a clock that is some milliseconds late.
	f.since = time.Now().Add(-20 * time.Millisecond)
	t, err := openTail(f.path, nil, f.options.MaxLineSize)
	if err == nil && !f.options.FromStart {
		if err = t.seekEnd(); err != nil {
			t.file.Close()
		}
	}
	if err != nil {
		f.complain(err)
		return
	}
	f.current = t
}

// resume begins at a position.
func (f *Follower) resume(p Position) {
	found := true
	for i := range p.files {
		t := f.find(&p.files[i])
		if found = t != nil; found {
			f.queue = append(f.queue, t)
		}
	}
	last := &p.files[len(p.files)-1]
	f.since = time.Unix(0, last.Modified)
	if found {
		return
	}
	f.late, f.queue = f.queue, nil
	if last.HeadSize > 0 {
		f.complain(errLost)
	}
}

var errLost = errors.New("lines may be missing: the file that was read before is gone or compressed")

// find opens the file of a position, wherever it is now.
func (f *Follower) find(at *filePosition) *tail {
	var paths []string
	for _, path := range slices.Compact([]string{f.path, at.Path}) {
		paths = append(paths, path)
		for _, s := range slices.Backward(siblings(path)) {
			paths = append(paths, s.path)
		}
	}
	var best *tail
	bestScore := 0
	for _, path := range paths {
		t, err := openTail(path, nil, f.options.MaxLineSize)
		if err != nil {
			continue
		}
		used := slices.ContainsFunc(f.queue, func(other *tail) bool { return os.SameFile(other.info, t.info) })
		score := at.match(t)
		if used || score <= bestScore {
			t.file.Close()
			continue
		}
		if best != nil {
			best.file.Close()
		}
		best, bestScore = t, score
	}
	if best != nil {
		best.seek(at.Offset, at.Line)
	}
	return best
}

// open opens the first file to read.
func (f *Follower) open() bool {
	if len(f.queue) == 0 {
		s := f.successor(nil)
		if s == nil {
			return false
		}
		if !f.enqueue(s) {
			return false
		}
	}
	f.current, f.queue = f.queue[0], f.queue[1:]
	return true
}

// enqueue opens a file to be read next.
func (f *Follower) enqueue(s *sibling) bool {
	t, err := openTail(s.path, s.info, f.options.MaxLineSize)
	if err != nil {
		f.complain(err)
		return false
	}
	f.complaint = ""
	f.queue = append(f.queue, t)
	return true
}

// successor returns the file to read after t: the first one that has any text, or nil.
// If t is nil, it returns the first file that was modified at or after since.
func (f *Follower) successor(t *tail) *sibling {
	info, err := os.Stat(f.path)
	switch {
	case err != nil:
		f.complain(err)
	case !info.Mode().IsRegular():
		f.complain(errNotRegular)
		info = nil
	case t != nil && os.SameFile(info, t.info):
		return nil
	}
	found, since := siblings(f.path), f.since
	if t != nil {
		since = t.info.ModTime()
		// If t is empty, files before it may have been written to since it was opened.
		if i := indexOf(found, t.info); i >= 0 && len(t.head) > 0 {
			found, since = found[i+1:], time.Time{}
		}
	}
	if found = modifiedSince(f.unread(found), since); len(found) > 0 {
		return &found[0]
	}
	if info == nil || t != nil && info.Size() == 0 {
		return nil
	}
	return &sibling{path: f.path, info: info}
}

// unread returns those of the rotated files that have text and have not been read.
func (f *Follower) unread(files []sibling) []sibling {
	var known []fs.FileInfo
	if info, err := os.Stat(f.path); err == nil {
		known = append(known, info) // the link to it may be the log
	}
	for _, t := range slices.Concat(f.late, f.queue) {
		known = append(known, t.info)
	}
	return slices.DeleteFunc(files, func(s sibling) bool {
		same := func(other fs.FileInfo) bool { return os.SameFile(s.info, other) }
		return s.info.Size() == 0 || slices.ContainsFunc(known, same) ||
			slices.ContainsFunc(f.read, func(other fs.FileInfo) bool {
				return same(other) && s.info.Size() == other.Size() && s.info.ModTime().Equal(other.ModTime())
			})
	})
}

// complain reports a problem with the file, once. A missing file is not a problem.
func (f *Follower) complain(err error) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errChanged) {
		return
	}
	d := inputError(f.path, err)
	if d.Message != f.complaint {
		f.complaint = d.Message
		f.problems = append(f.problems, d)
	}
}

// reportText reports a line that cannot be read.
func (f *Follower) reportText(t *tail, l textLine, msg string) {
	const enough = 60
	f.problems = append(f.problems, &diag.Diagnostic{
		Code: BadEvent, Message: fmt.Sprintf("%s: %q", msg, l.text[:min(len(l.text), enough)]),
		Range: diag.Range{File: t.name, Start: l.pos()},
	})
}

const insideLine = "file ends inside a line"

// reportRest reports the unfinished line at the end of a file, once, if there is one.
func (f *Follower) reportRest(t *tail, msg string) {
	if l := t.rest(); len(l.text) > 0 && l.line != t.reported {
		t.reported = l.line
		f.reportText(t, l, msg)
	}
}
