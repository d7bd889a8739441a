package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/falcorules/falcorules/diag"
)

var (
	errTruncatedFile = errors.New("file was truncated")
	errNotRegular    = errors.New("not a regular file")
	// errChanged reports that a file was renamed while it was opened.
	errChanged = errors.New("file was renamed")
)

const (
	// headSize is the number of bytes at the start of a file by which it is recognized.
	// The first audit event, with its ID, is longer.
	headSize = 1024
	// chunk is the number of bytes that are read at once.
	chunk = 64 << 10
)

// tail reads the lines of an open file as they are written.
type tail struct {
	name  string
	file  *os.File
	info  fs.FileInfo // updated at the end of the file
	limit int         // maximum size of a line

	// head is the beginning of the text in the file, at the offset headAt. If it changes, the
	// file was truncated. Zero bytes before it are left out: they look the same after each
	// truncation.
	head   []byte
	headAt int64

	// buf is the text from offset base of the file on. buf[pos:] has not been returned;
	// buf[pos:searched] has no line break.
	buf           []byte
	base          int64
	pos, searched int
	// line is the number of the line at pos, which begins at the offset lineStart. If it
	// is 0, it is not known yet.
	line      int
	lineStart int64
	// skipping reports whether the rest of the line is to be skipped.
	skipping bool
	// final makes the text at the end of the file a line.
	final bool

	// done is the offset after the last line that was returned, or the first offset.
	done     int64
	doneLine int
	// before is the position before the file was truncated, or nil.
	before *filePosition
	// reported is the number of the last unfinished line that was reported.
	reported int
	// origin is for the next record. It is nil if it has to be made.
	origin *origin
	// superseded reports whether the next file has any text, and quiet is the number of
	// polls without new text since then.
	superseded bool
	quiet      int
}

// textLine is a line without white space around it.
type textLine struct {
	text    []byte
	offset  int64
	line    int
	column  int
	tooLong bool // text is only its beginning
}

func (l *textLine) pos() diag.Pos {
	return diag.Pos{Offset: int(l.offset), Line: l.line, Column: l.column}
}

// openTail opens a file at its start. If want is not nil, it must be that file.
func openTail(path string, want fs.FileInfo, limit int) (*tail, error) {
	file, err := openShared(path)
	if err != nil {
		return nil, err
	}
	t := &tail{name: path, file: file, limit: limit, line: 1, doneLine: 1}
	t.info, err = file.Stat()
	switch {
	case err != nil:
	case !t.info.Mode().IsRegular():
		err = errNotRegular
	case want != nil && !os.SameFile(want, t.info):
		err = errChanged
	default:
		err = t.checkHead()
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return t, nil
}

// checkHead compares the beginning of the file with the known one.
func (t *tail) checkHead() error {
	if len(t.head) == 0 {
		if err := t.skipZeros(); err != nil {
			return err
		}
	}
	var buf [headSize]byte
	n, err := t.file.ReadAt(buf[:], t.headAt)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case !bytes.HasPrefix(buf[:n], t.head):
		return errTruncatedFile
	case n > len(t.head) && buf[0] != 0:
		t.head, t.origin = bytes.Clone(buf[:n]), nil
	}
	return nil
}

// skipZeros moves headAt to the first byte that is not zero, as far as that is within reach.
func (t *tail) skipZeros() error {
	const reach = 1000 * chunk
	var buf [chunk]byte
	for from := t.headAt; t.headAt < from+reach; {
		n, err := t.file.ReadAt(buf[:], t.headAt)
		zeros := n - len(bytes.TrimLeft(buf[:n], "\x00"))
		t.headAt += int64(zeros)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case zeros < chunk:
			return nil
		}
	}
	return nil
}

// beginsLike reports whether the file has the same beginning as another, or a longer one.
func (t *tail) beginsLike(other *tail) bool {
	return t.headAt == other.headAt && bytes.HasPrefix(t.head, other.head)
}

// end returns the offset up to which the file has been read.
func (t *tail) end() int64 { return t.base + int64(len(t.buf)) }

// seek continues at an offset, on the line with the given number or, if that is 0, an
// unknown one.
func (t *tail) seek(offset int64, line int) {
	t.buf, t.pos, t.searched = t.buf[:0], 0, 0
	t.base, t.lineStart, t.done = offset, offset, offset
	t.line, t.doneLine = line, line
}

// restart continues at the start of the file after it was truncated.
func (t *tail) restart() {
	before := t.position()
	t.before = &before
	t.seek(0, 1)
	t.head, t.headAt, t.origin, t.skipping, t.final, t.reported = nil, 0, nil, false, false, 0
}

// seekEnd continues at the end of the file, or at the start of its last line if that has
// no line break yet.
func (t *tail) seekEnd() error {
	size := t.info.Size()
	var buf [chunk]byte
	at := size
	for at > 0 && size-at <= int64(t.limit) {
		text := buf[:min(at, chunk)]
		if _, err := t.file.ReadAt(text, at-int64(len(text))); err != nil {
			return err
		}
		if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
			t.seek(at-int64(len(text)-i-1), 0)
			return nil
		}
		at -= int64(len(text))
	}
	if at > 0 {
		t.seek(size, 0)
		t.skipping = true
	}
	return nil
}

// countLines sets the number of the line if it is not known. It returns false when ctx
// is done.
func (t *tail) countLines(ctx context.Context) bool {
	if t.line > 0 {
		return true
	}
	line := 1
	var buf [chunk]byte
	for at := int64(0); at < t.base; {
		if ctx.Err() != nil {
			return false
		}
		n, err := t.file.ReadAt(buf[:min(t.base-at, chunk)], at)
		line += bytes.Count(buf[:n], []byte{'\n'})
		if err != nil {
			break // reading will report it
		}
		at += int64(n)
	}
	t.line, t.doneLine = line, line
	return true
}

// adopt continues a file that begins with the same text as t at the position of t.
func (t *tail) adopt(from *tail) {
	t.buf, t.base, t.pos, t.searched = from.buf, from.base, from.pos, from.searched
	t.line, t.lineStart, t.skipping = from.line, from.lineStart, from.skipping
	t.done, t.doneLine = from.done, from.doneLine
}

// fill reads more of the file. It returns false at its end. After errTruncatedFile,
// nothing that is in the file has been read.
func (t *tail) fill() (bool, error) {
	t.makeRoom()
	n, err := t.file.ReadAt(t.buf[len(t.buf):cap(t.buf)], t.end())
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if n == 0 {
		return false, t.checkEnd()
	}
	// If the beginning is the same after reading, the text belongs to it.
	if err := t.checkHead(); err != nil {
		return false, err
	}
	t.buf = t.buf[:len(t.buf)+n]
	return true, nil
}

// checkEnd checks at the end of the file whether it was truncated.
func (t *tail) checkEnd() error {
	before := t.info.ModTime()
	info, err := t.file.Stat()
	if err != nil {
		return err
	}
	t.info = info
	switch {
	case info.Size() < t.end():
		return errTruncatedFile
	case !info.ModTime().Equal(before):
		return t.checkHead()
	}
	return nil
}

// makeRoom makes room in the buffer for a chunk.
func (t *tail) makeRoom() {
	if cap(t.buf)-len(t.buf) >= chunk {
		return
	}
	rest := t.buf[t.pos:]
	to := t.buf[:0]
	if len(rest)+chunk > cap(t.buf) {
		to = make([]byte, 0, 2*(len(rest)+chunk))
	}
	t.buf = append(to, rest...)
	t.base += int64(t.pos)
	t.searched -= t.pos
	t.pos = 0
}

// next returns the next line in the buffer that is not blank.
func (t *tail) next() (textLine, bool) {
	for {
		i := bytes.IndexByte(t.buf[t.searched:], '\n')
		if i < 0 {
			return t.unfinished()
		}
		end := t.searched + i
		l := t.lineTo(end)
		t.advance(end + 1)
		skipped := t.skipping
		t.skipping = false
		t.line++
		t.lineStart = t.base + int64(t.pos)
		if !skipped && len(l.text) > 0 {
			l.tooLong = len(l.text) > t.limit
			return l, true
		}
	}
}

// unfinished handles the text at the end of the buffer, which has no line break: it is
// returned if it is too long, or the end of a file that has ended.
func (t *tail) unfinished() (textLine, bool) {
	t.searched = len(t.buf)
	if t.skipping {
		t.advance(len(t.buf))
		return textLine{}, false
	}
	l := t.rest()
	t.pos += len(t.buf[t.pos:]) - len(bytes.TrimLeft(t.buf[t.pos:], blank))
	switch {
	case len(l.text) > t.limit:
		t.skipping = true
		l.tooLong = true
	case !t.final || len(l.text) == 0:
		return textLine{}, false
	}
	t.final = false
	t.advance(len(t.buf))
	return l, true
}

func (t *tail) advance(to int) { t.pos, t.searched = to, max(to, t.searched) }

// blank is white space, and the zero bytes at the start of a file that was truncated
// while a process wrote to it at a later offset.
const blank = " \t\r\x00"

// lineTo returns the text up to an index in the buffer.
func (t *tail) lineTo(end int) textLine {
	text := t.buf[t.pos:end]
	offset := t.base + int64(t.pos)
	if offset == 0 {
		text = bytes.TrimPrefix(text, []byte("\uFEFF")) // byte order mark
		offset += int64(end - t.pos - len(text))
	}
	trimmed := bytes.TrimLeft(text, blank)
	offset += int64(len(text) - len(trimmed))
	return textLine{
		text: bytes.TrimRight(trimmed, blank), offset: offset,
		line: t.line, column: int(offset-t.lineStart) + 1,
	}
}

// rest returns the line at the end of the file that has no line break yet.
func (t *tail) rest() textLine {
	if t.skipping {
		return textLine{}
	}
	return t.lineTo(len(t.buf))
}

// endsInValue reports whether only the line break is missing after the last line.
func (t *tail) endsInValue() bool {
	text := t.rest().text
	return len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text)
}
