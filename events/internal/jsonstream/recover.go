package jsonstream

import (
	"bytes"

	"github.com/falcorules/falcorules/diag"
)

// cut is the position and the text before it to report if a value is cut off.
type cut struct {
	pos  diag.Pos
	text [maxText]byte
	size int // of text
}

// note records the last byte of buf[from:pos], except for white space outside strings,
// as the end of the open value so far.
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

// nextLine skips to the next line with text and checks whether it can belong to the
// open value.
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
	err := r.checkLimits(r.at(), &v.count)
	if err == nil {
		err = &Error{
			Kind: Malformed, Pos: r.here(), Begin: v.pos.Line,
			Msg: msg, Text: string(r.tail(r.pos)), Head: r.head(r.at()),
		}
	}
	r.restart(skippingLine, r.beginLine())
	return err
}

// breakCut ends the open value after its last text, on a line before pos.
func (r *Reader) breakCut(msg string) error {
	v := &r.value
	err := r.checkLimits(v.lastAt, &v.count)
	if err == nil {
		err = &Error{
			Kind: Malformed, Pos: v.cut.pos, Begin: v.pos.Line,
			Msg: msg, Text: string(v.cut.text[:v.cut.size]), Head: r.head(v.lastAt),
		}
	}
	r.restart(searching, r.beginLine())
	r.oneLine = v.cut.pos.Line == r.beginLine()
	return err
}

// endInput ends the open value at the end of the stream.
func (r *Reader) endInput() error {
	if !r.complete() {
		return r.ended()
	}
	return r.breakCut("input ends inside a value")
}

// beginLine returns the line where the open list or else the open value begins.
func (r *Reader) beginLine() int {
	if r.list.open {
		return r.list.pos.Line
	}
	return r.value.pos.Line
}

// restart makes the reader skip text after an error in a value that began on the given
// line.
func (r *Reader) restart(next state, began int) {
	r.state = next
	r.oneLine = began == r.line
	r.value.buffered = false
	if r.list.open {
		r.list.comma = commaOptional
	}
}

// skipLine skips the rest of the line.
func (r *Reader) skipLine() error {
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

// search checks whether reading can go on at the next line with text.
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
		r.state = skippingLine
	}
	return nil
}
