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
	// Raw is the value as it came, without white space around it. It is good
	// until the next call of [Reader.Next].
	Raw []byte
	// Pos is where the value begins.
	Pos diag.Pos
	// Item says that the value is an element of the "items" of a list object.
	Item bool
}

// Reader cuts a stream into values. It is not safe for concurrent use.
type Reader struct {
	in    io.Reader
	limit int
	bound int64 // of a value with its white space

	// buf[:end] has been read, up to pos it has been dealt with. The last
	// block bytes of buf are never filled, so that the scanner may read on.
	buf      []byte
	most     int64 // what buf may grow to, without those
	pos, end int
	base     int64 // the offset of buf[0] in the stream
	err      error // of in, for good

	line      int   // the line of pos, from 1
	lineStart int64 // the offset at which it begins
	fresh     bool  // nothing but white space stands between that and pos
	clear     int64 // up to there a newline has been looked for

	state state
	list  list
	value value
	scan  scanner

	// oneLine says, of the value that broke last, that all of it up to there,
	// its list included, stood on one line.
	oneLine bool
}

// state is what the reader expects at pos.
type state uint8

const (
	atStart   state = iota // the start of the stream
	atTop                  // a value at the top, or the end
	inList                 // an element, a comma or the end of the list
	inValue                // more of the open value
	offLine                // the rest of a line that is passed over
	searching              // a line at which reading can restart
)

// list is an array whose elements are handed out.
type list struct {
	open  bool
	items bool     // it is the member of an object, not a value at the top
	pos   diag.Pos // where the array, or the object, begins
	// indent is how many bytes of white space stand before the newest element
	// that began a line; negative without one.
	indent int64
	// comma says what is known of the comma before the next element.
	comma comma
}

type comma uint8

const (
	commaOptional comma = iota // at the start, and after trouble
	commaNeeded
	commaSeen
)

// form is what kind of value is open.
type form uint8

const (
	formNested  form = iota // an object or array
	formString              // a string element
	formLiteral             // a number, true, false or null as an element
)

// value is the open value.
type value struct {
	form  form
	start int64 // the offset in the stream
	pos   diag.Pos
	// held says that all of it is still in memory.
	held bool
	// isList says that its array of items was or is handed out: it is not a
	// piece itself.
	isList bool
	// Once it is no longer held, head is its beginning and count counts it.
	head  []byte
	count counter
	// last is its last byte so far that is no white space outside strings,
	// lastAt the place in the stream behind it, cut what there is to say if it
	// breaks there.
	last   byte
	lastAt int64
	cut    cut
	// tooDeep is where it went deeper than MaxDepth.
	tooDeep diag.Pos
}

const (
	firstBuffer = 64 << 10
	cutOff      = "the value is cut off at the end of the line"
)

// NewReader returns a reader of in's values. The limit is how many bytes a value
// may have, white space outside strings not counted; less than 1 counts as 1.
func NewReader(in io.Reader, limit int) *Reader {
	limit = max(limit, 1)
	bound := int64(math.MaxInt / 4)
	if int64(limit) < bound/8-firstBuffer {
		bound = 8*int64(limit) + firstBuffer
	}
	return newReader(in, limit, bound, firstBuffer)
}

// newReader returns a reader with a bound of its own, at least maxText, and with a
// first buffer of its own length, more than lookBack.
func newReader(in io.Reader, limit int, bound int64, buffer int) *Reader {
	return &Reader{
		in: in, limit: limit, bound: bound,
		buf:  make([]byte, buffer+block),
		most: bound + int64(buffer),
		line: 1, fresh: true,
	}
}

// Next returns the next value of the stream. The error is an [*Error] where
// something in the stream is broken or too large; the next call goes on behind
// it. It is io.EOF at the end. Any other error is one of the io.Reader, and
// final: all further calls return it too.
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
		case offLine:
			err = r.dropLine()
		case searching:
			err = r.search()
		}
		if p.Raw != nil || err != nil {
			return p, err
		}
	}
}

// top looks for a value at the top.
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
		r.restart(offLine, r.line)
		return r.errorHere("text that is no JSON object or array")
	}
	return nil
}

// element looks for an element of the open list, or its end.
func (r *Reader) element() error {
	c, ok := r.peek()
	if !ok {
		if !r.complete() {
			return r.ended()
		}
		err := r.errorHere("the input ends within a list")
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
			err = r.listError("a comma without a value before it")
		}
		r.take()
		r.list.comma = commaSeen
		return err
	case !startsValue(c):
		err := r.listError("neither a value nor the end of the list")
		r.restart(offLine, r.list.pos.Line)
		return err
	case c == '{' || c == '[':
		f = formNested
	case c == '"':
		f = formString
	}
	if r.list.comma == commaNeeded {
		if f == formNested && r.fresh && r.indent() == 0 {
			err := r.listError("the list before this value is cut off")
			r.leaveList()
			return err
		}
		r.list.comma = commaOptional
		return r.listError("a comma is missing before this value")
	}
	if r.fresh {
		r.list.indent = r.indent()
	}
	r.begin(f)
	return nil
}

// endList goes on behind the bracket at pos, which closes the open list.
func (r *Reader) endList() error {
	var err error
	if r.list.comma == commaSeen {
		err = r.listError("a comma without a value behind it")
	}
	whole := r.list
	r.take()
	r.leaveList()
	if whole.items {
		r.begin(formNested)
		r.value.pos = whole.pos
		r.value.isList = true
		r.value.held = false
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
	// Field by field, as the whole is large and most of it not in use.
	v.form, v.start, v.pos = f, r.at(), r.here()
	v.held, v.isList = true, false
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

// more reads on in the open value.
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
		if !v.held && !v.isList {
			v.count.add(r.buf[from:r.pos])
		}
		switch why {
		case stopEnd:
			return r.finish()
		case stopItems:
			r.list = list{open: true, items: true, pos: v.pos, indent: -1}
			r.state = inList
			return Piece{}, nil
		case stopBracket:
			return Piece{}, r.breakHere("a bracket that closes one of another kind")
		case stopSlash:
			return Piece{}, r.breakHere("a backslash outside a string")
		}
		r.note(from)
		switch {
		case newline && v.form == formLiteral:
			return r.finish()
		case newline && r.scan.inString != 0:
			return Piece{}, r.breakHere("the line ends within a string")
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

// lineEnd returns the end of the text at pos: that of the line, or else that of
// the buffer.
func (r *Reader) lineEnd() (to int, newline bool) {
	from := max(r.pos, r.index(r.clear))
	to = r.end
	if i := bytes.IndexByte(r.buf[from:r.end], '\n'); i >= 0 {
		to, newline = from+i, true
	}
	r.clear = r.base + int64(to)
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
	if err := r.verdict(r.at(), &v.count); err != nil {
		return Piece{}, err
	}
	if v.isList {
		return Piece{}, nil
	}
	start := int(v.start - r.base)
	return Piece{Raw: r.buf[start:r.pos:r.pos], Pos: v.pos, Item: item}, nil
}

// verdict returns the error of the open value for which it does not matter
// whether it is complete, if there is one. It goes up to the place end in the
// stream, and count has counted it if it is not held.
func (r *Reader) verdict(end int64, count *counter) error {
	v := &r.value
	size := end - v.start
	if v.isList || size <= int64(r.limit) && v.tooDeep.Line == 0 {
		return nil // nearly always
	}
	err := &Error{Kind: Malformed, Pos: v.pos, Begin: v.pos.Line}
	if v.held {
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
		err.Msg = fmt.Sprintf("a value with more than %d levels", MaxDepth)
		return err
	case count.n > int64(r.limit):
		err.Msg = fmt.Sprintf("a value of %d bytes, more than the limit of %d", count.n, r.limit)
	case size > r.bound:
		err.Msg = fmt.Sprintf("a value of %d bytes with its white space, more than the bound of %d", size, r.bound)
	default:
		return nil
	}
	err.Kind, err.Size = TooLarge, count.n
	return err
}
