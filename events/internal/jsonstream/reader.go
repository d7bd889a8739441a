package jsonstream

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/falcorules/falcorules/diag"
)

// Piece is one value of a stream.
type Piece struct {
	// Raw is the text of the value, without white space around it. It is valid
	// until the next call of [Reader.Next].
	Raw []byte
	// Pos is the position of the value.
	Pos diag.Pos
	// Item reports whether the value is an element of the "items" of a list object.
	Item bool
}

// Reader splits a stream into values. It is not safe for concurrent use.
type Reader struct {
	in    io.Reader
	limit int
	bound int64 // limit for a value with its white space

	// buf[:end] is the text that has been read, buf[:pos] what has been processed.
	// The last block bytes of buf are never filled, so that the scanner can read
	// past the end.
	buf       []byte
	maxBuffer int64 // maximum size of buf, without the last block
	pos, end  int
	base      int64 // offset of buf[0] in the stream
	err       error // final error of in

	line      int   // line of pos, from 1
	lineStart int64 // offset of the line
	fresh     bool  // only white space precedes pos on the line
	searched  int64 // offset up to which there is no newline

	state state
	list  list
	value value
	scan  scanner

	// oneLine reports whether the last broken value, with its list, was on one line.
	oneLine bool
}

// state is what the reader expects at pos.
type state uint8

const (
	atStart      state = iota // the start of the stream
	atTop                     // a top-level value or the end
	inList                    // an element, a comma or the end of the list
	inValue                   // more of the open value
	skippingLine              // the rest of a line to skip
	searching                 // a line where reading can go on
)

// list is an array whose elements are returned one by one.
type list struct {
	open   bool
	member bool     // it is a member of an object, not a top-level value
	items  bool     // it is the member "items"
	pos    diag.Pos // of the array or the object
	// indent is the indentation in bytes of the last element that began a line, or
	// negative.
	indent int64
	// comma is the state of the comma before the next element.
	comma comma
}

type comma uint8

const (
	commaOptional comma = iota // at the start and after an error
	commaNeeded
	commaSeen
)

// form is the kind of the open value.
type form uint8

const (
	formNested  form = iota // an object or array
	formString              // an element that is a string
	formLiteral             // an element that is a number, true, false or null
)

// value is the open value.
type value struct {
	form  form
	start int64 // offset in the stream
	pos   diag.Pos
	// buffered reports whether the whole value is in buf.
	buffered bool
	// isList reports whether the value is a list object, which is not returned.
	isList bool
	// If the value is not buffered, head is its beginning and count its size.
	head  []byte
	count counter
	// last is the last byte so far, except for white space outside strings. lastAt
	// is the offset after it, and cut the error to report if the value breaks there.
	last   byte
	lastAt int64
	cut    cut
	// tooDeep is the position where the value exceeds MaxDepth.
	tooDeep diag.Pos
}

const (
	firstBuffer = 64 << 10
	cutOff      = "value cut off at the end of the line"
)

// NewReader returns a reader for the values in a stream. The limit is the maximum size
// of a value in bytes, without white space outside strings; it is at least 1.
func NewReader(in io.Reader, limit int) *Reader {
	limit = max(limit, 1)
	bound := int64(math.MaxInt / 4)
	if int64(limit) < bound/8-firstBuffer {
		bound = 8*int64(limit) + firstBuffer
	}
	return newReader(in, limit, bound, firstBuffer)
}

// newReader is NewReader with a custom bound of at least maxText bytes, and a first
// buffer of more than lookBack bytes.
func newReader(in io.Reader, limit int, bound int64, buffer int) *Reader {
	return &Reader{
		in: in, limit: limit, bound: bound,
		buf:       make([]byte, buffer+block),
		maxBuffer: bound + int64(buffer),
		line:      1, fresh: true,
	}
}

// SplitRecords makes the reader also return the elements of the members "records",
// "logEvents" and "events" of top-level objects one by one. Cloud providers deliver log
// records in such lists.
func (r *Reader) SplitRecords() { r.scan.records = true }

// Next returns the next value of the stream, or io.EOF at its end. It returns an
// [*Error] for text that is broken or too large; the next call goes on after it. Any
// other error comes from the io.Reader and is returned by all further calls, too.
func (r *Reader) Next() (Piece, error) {
	for {
		var (
			p   Piece
			err error
		)
		switch r.state {
		case atStart:
			r.skipMark()
			r.state = atTop
		case atTop:
			err = r.top()
		case inList:
			err = r.element()
		case inValue:
			p, err = r.more()
		case skippingLine:
			err = r.skipLine()
		case searching:
			err = r.search()
		}
		if p.Raw != nil || err != nil {
			return p, err
		}
	}
}

// top looks for a top-level value.
func (r *Reader) top() error {
	c, ok := r.peek()
	switch {
	case !ok:
		return r.ended()
	case c == '{':
		r.begin(formNested)
	case c == '[':
		r.list = list{open: true, pos: r.here(), indent: -1}
		r.take()
		r.state = inList
	case c == ',' && !r.fresh:
		r.take()
	default:
		r.restart(skippingLine, r.line)
		return r.errorHere("not a JSON object or array")
	}
	return nil
}

// element looks for an element or the end of the open list.
func (r *Reader) element() error {
	c, ok := r.peek()
	if !ok {
		if !r.complete() {
			return r.ended()
		}
		err := r.errorHere("input ends inside a list")
		err.Begin = r.list.pos.Line
		r.leaveList()
		return err
	}
	f := formLiteral
	switch {
	case c == ']':
		return r.endList()
	case c == ',':
		var err error
		if r.list.comma != commaNeeded {
			err = r.listError("comma without a value before it")
		}
		r.take()
		r.list.comma = commaSeen
		return err
	case !startsValue(c):
		err := r.listError("expected a value or the end of the list")
		r.restart(skippingLine, r.list.pos.Line)
		return err
	case c == '{' || c == '[':
		f = formNested
	case c == '"':
		f = formString
	}
	if r.list.comma == commaNeeded {
		if f == formNested && r.fresh && r.indent() == 0 {
			err := r.listError("the list before this value is not closed")
			r.leaveList()
			return err
		}
		r.list.comma = commaOptional
		return r.listError("missing comma before this value")
	}
	if r.fresh {
		r.list.indent = r.indent()
	}
	r.begin(f)
	return nil
}

// endList reads the bracket at pos, which closes the open list.
func (r *Reader) endList() error {
	var err error
	if r.list.comma == commaSeen {
		err = r.listError("comma without a value after it")
	}
	whole := r.list
	r.take()
	r.leaveList()
	if whole.member {
		r.begin(formNested)
		r.value.pos = whole.pos
		r.value.isList = true
		r.value.buffered = false
		r.value.last = ']'
		r.value.cut.pos, r.value.cut.size = r.here(), 0
		r.scan.depth = 1
		r.scan.stack[0] = '{'
	}
	return err
}

func (r *Reader) leaveList() {
	r.list = list{}
	r.state = atTop
}

// begin opens a value at pos.
func (r *Reader) begin(f form) {
	v := &r.value
	// Assigning the whole struct would be slow because it is large.
	v.form, v.start, v.pos = f, r.at(), r.here()
	v.buffered, v.isList = true, false
	v.last, v.lastAt = 0, v.start
	v.tooDeep = diag.Pos{}
	r.scan.reset(!r.list.open)
	if f == formString {
		r.scan.inString = inQuotes
	}
	if f != formNested {
		r.pos++
		r.note(r.pos - 1)
	}
	r.fresh = false
	r.state = inValue
}

// more reads more of the open value.
func (r *Reader) more() (Piece, error) {
	v := &r.value
	for {
		from := r.pos
		to, newline := r.lineEnd()
		var why stop
		if v.form == formNested {
			r.pos, why = r.scan.run(r.buf, r.index(v.start), from, to)
			if r.scan.deepAt >= 0 && v.tooDeep.Line == 0 {
				v.tooDeep = r.position(r.scan.deepAt)
			}
		} else {
			r.pos, why = r.scan.runScalar(r.buf, from, to, v.form)
		}
		if !v.buffered && !v.isList {
			v.count.add(r.buf[from:r.pos])
		}
		switch why {
		case stopEnd:
			return r.finish()
		case stopItems, stopRecords:
			r.list = list{open: true, member: true, items: why == stopItems, pos: v.pos, indent: -1}
			r.state = inList
			return Piece{}, nil
		case stopBracket:
			return Piece{}, r.breakHere("mismatched bracket")
		case stopSlash:
			return Piece{}, r.breakHere("backslash outside a string")
		}
		r.note(from)
		switch {
		case newline && v.form == formLiteral:
			return r.finish()
		case newline && r.scan.inString != 0:
			return Piece{}, r.breakHere("line ends inside a string")
		case newline:
			if err := r.nextLine(); err != nil || r.state != inValue {
				return Piece{}, err
			}
		case !r.fill():
			if v.form == formLiteral && r.complete() {
				return r.finish()
			}
			return Piece{}, r.endInput()
		}
	}
}

// lineEnd returns the end of the line or, if the newline is not in the buffer, the end
// of the buffer.
func (r *Reader) lineEnd() (to int, newline bool) {
	from := max(r.pos, r.index(r.searched))
	to = r.end
	if i := bytes.IndexByte(r.buf[from:r.end], '\n'); i >= 0 {
		to, newline = from+i, true
	}
	r.searched = r.base + int64(to)
	return to, newline
}

// finish closes the open value before pos.
func (r *Reader) finish() (Piece, error) {
	v := &r.value
	r.fresh = false
	r.state = atTop
	item := r.list.items
	if r.list.open {
		r.list.comma = commaNeeded
		r.state = inList
	}
	if err := r.checkLimits(r.at(), &v.count); err != nil {
		return Piece{}, err
	}
	if v.isList {
		return Piece{}, nil
	}
	start := int(v.start - r.base)
	return Piece{Raw: r.buf[start:r.pos:r.pos], Pos: v.pos, Item: item}, nil
}

// checkLimits returns an error if the open value, which extends to the offset end, is
// too large or too deep. If it is not buffered, count is its size.
func (r *Reader) checkLimits(end int64, count *counter) error {
	v := &r.value
	size := end - v.start
	if v.isList || size <= int64(r.limit) && v.tooDeep.Line == 0 {
		return nil
	}
	err := &Error{Kind: Malformed, Pos: v.pos, Begin: v.pos.Line}
	if v.buffered {
		text := r.buf[v.start-r.base : end-r.base]
		err.Text = string(clip(text))
		count = &counter{}
		count.add(text)
	} else {
		err.Text = string(v.head[:min(int64(len(v.head)), size)])
	}
	switch {
	case v.tooDeep.Line != 0:
		err.Pos = v.tooDeep
		err.Msg = fmt.Sprintf("value nested more than %d levels deep", MaxDepth)
		return err
	case count.n > int64(r.limit):
		err.Msg = fmt.Sprintf("value of %d bytes exceeds the limit of %d", count.n, r.limit)
	case size > r.bound:
		err.Msg = fmt.Sprintf("value of %d bytes with white space exceeds the limit of %d", size, r.bound)
	default:
		return nil
	}
	err.Kind, err.Size = TooLarge, count.n
	return err
}
