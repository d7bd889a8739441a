package jsonstream

import (
	"bytes"
	"fmt"
	"io"

	"github.com/falcorules/falcorules/diag"
)

// skipMark skips a byte order mark.
func (r *Reader) skipMark() {
	const mark = "\uFEFF"
	for r.end < len(mark) && bytes.HasPrefix([]byte(mark), r.buf[:r.end]) {
		if !r.fill() {
			return
		}
	}
	if bytes.HasPrefix(r.buf[:r.end], []byte(mark)) {
		r.pos = len(mark)
		r.lineStart = int64(len(mark))
	}
}

// peek skips white space and returns the next byte, or false at the end of the
// stream.
func (r *Reader) peek() (byte, bool) {
	for {
		for ; r.pos < r.end; r.pos++ {
			switch c := r.buf[r.pos]; c {
			case '\n':
				r.line++
				r.lineStart = r.at() + 1
				r.fresh = true
			case ' ', '\t', '\r':
			default:
				return c, true
			}
		}
		if !r.fill() {
			return 0, false
		}
	}
}

// take skips the byte at pos, which must not be white space.
func (r *Reader) take() {
	r.pos++
	r.fresh = false
}

func (r *Reader) at() int64          { return r.base + int64(r.pos) }
func (r *Reader) indent() int64      { return r.at() - r.lineStart }
func (r *Reader) column(at int) int  { return int(r.base+int64(at)-r.lineStart) + 1 }
func (r *Reader) here() diag.Pos     { return r.position(r.pos) }
func (r *Reader) index(at int64) int { return int(max(at-r.base, 0)) }
func (r *Reader) position(at int) diag.Pos {
	return diag.Pos{Offset: int(r.base) + at, Line: r.line, Column: r.column(at)}
}

func (r *Reader) tail(at int) []byte {
	return r.buf[max(r.index(r.lineStart), r.index(r.value.start), at-maxText):at]
}

// fill reads more of the stream. It returns false if there is no more; r.err has the
// reason.
func (r *Reader) fill() bool {
	if r.err != nil {
		return false
	}
	if room := len(r.buf) - block; r.end == room {
		keep := r.keep()
		to := r.buf
		if r.end-keep > room/2 && int64(room) < r.maxBuffer {
			to = make([]byte, int(min(int64(room)*2, r.maxBuffer))+block)
		}
		copy(to, r.buf[keep:r.end])
		r.buf = to
		r.base += int64(keep)
		r.pos -= keep
		r.end -= keep
	}
	for range 100 {
		n, err := r.in.Read(r.buf[r.end : len(r.buf)-block])
		r.end += n
		if err != nil {
			r.err = err
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	r.err = io.ErrNoProgress
	return false
}

// keep returns the index from which the buffer is still needed. It stops buffering a
// value that has become too long.
func (r *Reader) keep() int {
	if r.state != inValue {
		return r.pos
	}
	v := &r.value
	if v.buffered && r.at()-v.start > r.bound {
		text := r.buf[v.start-r.base : r.pos]
		v.buffered = false
		v.head = append(v.head[:0], clip(text)...)
		v.count = counter{}
		v.count.add(text)
	}
	if v.buffered {
		return int(v.start - r.base)
	}
	return max(r.pos-lookBack, 0)
}

// complete reports whether the stream ended normally. An error that wraps io.EOF, such
// as that of a broken connection, is not a normal end.
func (r *Reader) complete() bool {
	return r.err == io.EOF //nolint:errorlint // readers return io.EOF itself
}

// ended returns the error that ended the stream.
func (r *Reader) ended() error {
	if r.complete() {
		return io.EOF
	}
	return fmt.Errorf("reading events: %w", r.err)
}
