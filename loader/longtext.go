package loader

import "fmt"

// longText is a text that others are appended to, a blank between them. They are
// joined when the text is asked for: to do it for each would copy all before it
// each time.
type longText struct {
	pieces []text
	length int
	whole  *text // the pieces joined, or nil
}

func longTextOf(t text) longText { return longText{pieces: []text{t}, length: len(t.value)} }

// append appends a text. The longText before must not be appended to again.
func (l longText) append(t text) longText {
	return longText{pieces: append(l.pieces, t), length: l.length + len(" ") + len(t.value)}
}

// text returns the whole text.
func (l *longText) text() text {
	switch {
	case len(l.pieces) == 0:
		return text{}
	case len(l.pieces) == 1:
		return l.pieces[0]
	case l.whole == nil:
		var b textBuilder
		b.buf = make([]byte, 0, l.length)
		for i, t := range l.pieces {
			if i > 0 {
				b.glue(" ")
			}
			b.slice(t, 0, len(t.value))
		}
		whole := b.text()
		l.whole = &whole
	}
	return *l.whole
}

// maxWritten is the number of bytes that a condition or an output may have with
// what is appended to it.
const maxWritten = 1 << 20

// appendTo appends t to a text. False says that it becomes too long, and was
// reported.
func (it *item) appendTo(to *longText, t text) bool {
	if to.length+len(t.value) >= maxWritten {
		it.fail(ErrValidate, it.Value, it.context, fmt.Sprintf("with everything that is appended to it, the text has more than %d bytes", maxWritten), "")
		return false
	}
	*to = to.append(t)
	return true
}
