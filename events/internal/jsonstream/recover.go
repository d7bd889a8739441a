package jsonstream

import (
	"bytes"

	"github.com/falcorules/falcorules/diag"
)

// cut describes a place at which a value may turn out to be cut off.
type cut struct {
	pos  diag.Pos
	text [maxText]byte
	size int // of text
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
	v.cut.pos = r.position(at)
	v.cut.size = copy(v.cut.text[:], r.tail(at))
}

// nextLine goes on from the newline at pos to the next text, and checks whether it
// can be a part of the open value.
func (r *Reader) nextLine() error {
	first := r.line == r.value.pos.Line
	c, ok := r.peek()
	switch {
	case !ok:
		return r.endInput()
	case !r.follows(c), first && c == '{' && r.indent() == 0:
		return r.breakCut(cutOff)
	}
	return nil
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
			Kind: Malformed, Pos: r.here(), Begin: v.pos.Line,
			Msg: msg, Text: string(r.tail(r.pos)),
		}
	}
	r.restart(offLine, r.beginLine())
	return err
}

// breakCut ends the open value where its text last was, on a line before pos.
func (r *Reader) breakCut(msg string) error {
	v := &r.value
	err := r.verdict(v.lastAt, &v.count)
	if err == nil {
		err = &Error{Kind: Malformed, Pos: v.cut.pos, Begin: v.pos.Line, Msg: msg, Text: string(v.cut.text[:v.cut.size])}
	}
	r.restart(searching, r.beginLine())
	r.oneLine = v.cut.pos.Line == r.beginLine()
	return err
}

// endInput ends the open value where the stream does.
func (r *Reader) endInput() error {
	if !r.complete() {
		return r.ended()
	}
	return r.breakCut("the input ends within a value")
}

// beginLine is the line on which the open value, or the list around it, begins.
func (r *Reader) beginLine() int {
	if r.list.open {
		return r.list.pos.Line
	}
	return r.value.pos.Line
}

// restart passes over text from pos on, of a value that began on the given line.
func (r *Reader) restart(next state, began int) {
	r.state = next
	r.oneLine = began == r.line
	r.value.held = false
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
