package jsonstream

import (
	"bytes"
)

// cut describes a place at which a value may turn out to be cut off.
type cut struct {
	place place
	text  [maxText]byte
	size  int // of text
}

// candidate is a line within an open value at which reading may restart.
type candidate struct {
	known  bool
	at     int64
	place  place
	depth  int   // before the line
	lastAt int64 // of the value, before the line
	count  counter
	cut    cut
}

// note keeps in mind the last byte of buf[from:pos] that is no white space outside
// strings.
func (r *Reader) note(from int) {
	text := r.buf[from:r.pos]
	if r.scan.inString == 0 {
		text = trimRight(text)
	}
	if len(text) == 0 {
		return
	}
	v := &r.value
	at := from + len(text)
	v.last, v.lastAt = text[len(text)-1], r.base+int64(at)
	v.cut.place = place{r.line, r.column(at)}
	v.cut.size = copy(v.cut.text[:], r.tail(at))
}

// nextLine goes on from the newline at pos to the next text, and sees whether it
// can be a part of the open value.
func (r *Reader) nextLine() error {
	v := &r.value
	r.closeRetry()
	c, ok := r.peek()
	if !ok {
		return r.endInput()
	}
	if !r.follows(c) {
		return r.breakCut(cutOff)
	}
	v.retry.known = false
	if c == '{' && r.indent() == 0 {
		v.retry = candidate{
			known: true, at: r.at(), place: r.here(), depth: r.scan.depth,
			lastAt: v.lastAt, count: v.count, cut: v.cut,
		}
	}
	return nil
}

// closeRetry sees, at the end of its line, whether the line that may be a value
// of its own is closed.
func (r *Reader) closeRetry() {
	v := &r.value
	closed := (v.last == '}' || v.last == ',') && r.scan.depth == v.retry.depth && r.scan.inString == 0
	v.retry.known = v.retry.known && closed
}

// follows reports whether c can be the first byte of a line in the open value.
func (r *Reader) follows(c byte) bool {
	closes := c == '}' || c == ']'
	switch r.value.last {
	case '{':
		return c == '"' || closes
	case ',':
		if d := r.scan.depth; d <= MaxDepth && r.scan.stack[d-1] == '{' {
			return c == '"' || closes
		}
		return startsValue(c) || closes
	case '[', ':':
		return startsValue(c) || closes
	}
	return c == ',' || c == ':' || closes
}

// startsValue reports whether a JSON value can begin with c.
func startsValue(c byte) bool {
	switch c {
	case '{', '[', '"', '-', 't', 'f', 'n':
		return true
	}
	return '0' <= c && c <= '9'
}

// breakHere ends the open value at pos, in the middle of a line.
func (r *Reader) breakHere(msg string) error {
	v := &r.value
	err := r.verdict(r.at(), &v.count)
	if err == nil {
		err = &Error{
			Kind: Malformed, Line: r.line, Column: r.column(r.pos), Begin: v.place.line,
			Msg: msg, Text: string(r.tail(r.pos)),
		}
	}
	r.restart(offLine, r.beginLine())
	return err
}

// breakCut ends the open value where its text last was, on a line before pos, or
// before the line that may be a value of its own; reading restarts there.
func (r *Reader) breakCut(msg string) error {
	v := &r.value
	end, count, where := v.lastAt, &v.count, &v.cut
	f := &v.retry
	again := f.known && r.at()-f.at <= r.bound
	if again {
		msg = cutOff
		end, count, where = f.lastAt, &f.count, &f.cut
	}
	err := r.verdict(end, count)
	if err == nil {
		err = &Error{
			Kind: Malformed, Line: where.place.line, Column: where.place.column, Begin: v.place.line,
			Msg: msg, Text: string(where.text[:where.size]),
		}
	}
	r.restart(searching, r.beginLine())
	r.oneLine = where.place.line == r.beginLine()
	if again {
		r.pos = int(f.at - r.base)
		r.line, r.lineStart, r.fresh, r.clear = f.place.line, f.at, true, f.at
	}
	return err
}

// endInput ends the open value where the stream does.
func (r *Reader) endInput() error {
	if !r.complete() {
		return r.ended()
	}
	r.closeRetry()
	return r.breakCut("the input ends within a value")
}

// beginLine is the line on which the open value, or the list around it, begins.
func (r *Reader) beginLine() int {
	if r.list.open {
		return r.list.place.line
	}
	return r.value.place.line
}

// restart passes over text from pos on, of a value that began on the given line.
func (r *Reader) restart(next state, began int) {
	r.state = next
	r.oneLine = began == r.line
	r.value.held = false
	r.value.retry.known = false
	if r.list.open {
		r.list.comma = commaOptional
	}
}

// dropLine passes over the rest of the line.
func (r *Reader) dropLine() error {
	for {
		if i := bytes.IndexByte(r.buf[r.pos:r.end], '\n'); i >= 0 {
			r.pos += i
			r.state = searching
			return nil
		}
		r.pos = r.end
		if !r.fill() {
			return r.ended()
		}
	}
}

// search sees whether reading can restart at the next text, the first on its
// line.
func (r *Reader) search() error {
	c, ok := r.peek()
	if !ok {
		return r.ended()
	}
	opens, indent := c == '{' || c == '[', r.indent()
	switch {
	case r.list.open && opens && indent == r.list.indent:
		r.state = inList
	case r.oneLine || opens && indent == 0:
		r.leaveList()
	case r.list.open && c == ']' && indent < max(r.list.indent, 1):
		r.state = inList
	default:
		r.state = offLine
	}
	return nil
}
