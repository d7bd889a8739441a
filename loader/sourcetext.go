package loader

import (
	"errors"
	"slices"
	"sort"
	"strings"
	"unsafe"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

// text is a condition or an output with the origin of each part of it. The zero text is
// empty.
type text struct {
	value string
	parts []part
}

// part says that the text from offset at on was taken from a scalar or from the text of a
// list, starting at offset from. A part that has neither is glue, which is in no file.
type part struct {
	at   int
	from int
	in   rulesfile.Value
	list *text
	// use is the use of a list that brought the part in, or nil.
	use *listUse
}

// listUse is a use of a list. The range of the name is at.
type listUse struct {
	list string
	at   diag.Range
	// inList says that the name is in a list, where the name of a list belongs.
	inList bool
}

func textOf(v rulesfile.Value) text {
	return text{value: v.Text(), parts: []part{{in: v}}}
}

// trimmed returns t without white space at its ends.
func (t text) trimmed() text {
	start := len(t.value) - len(strings.TrimLeft(t.value, " \t\n\r\f\v"))
	var out textBuilder
	out.slice(t, start, start+len(strings.Trim(t.value, " \t\n\r\f\v")))
	return out.text()
}

// size returns about how many bytes of memory the text takes.
func (t text) size() int { return len(t.value) + len(t.parts)*int(unsafe.Sizeof(part{})) }

// equal reports whether two texts are the same and have the same origins.
func (t text) equal(u text) bool {
	return t.value == u.value && slices.EqualFunc(t.parts, u.parts, func(a, b part) bool {
		switch {
		case a.at != b.at || a.from != b.from:
			return false
		case a.list != nil && b.list != nil:
			return a.list == b.list || a.list.equal(*b.list)
		case a.in.Exists() && b.in.Exists():
			return a.in == b.in
		}
		return a == b
	})
}

// without returns t with every occurrence of a text taken out.
func (t text) without(part string) text {
	var out textBuilder
	from := 0
	for {
		at := strings.Index(t.value[from:], part)
		if at < 0 {
			break
		}
		out.slice(t, from, from+at)
		from += at + len(part)
	}
	out.slice(t, from, len(t.value))
	return out.text()
}

// partAt returns the index of the part in which the byte at offset lies.
func (t text) partAt(offset int) int {
	after := sort.Search(len(t.parts), func(i int) bool { return t.parts[i].at > offset })
	return max(0, after-1)
}

// useAt returns the list that brought in the byte at offset, or nil.
func (t text) useAt(offset int) *listUse {
	if len(t.parts) == 0 {
		return nil
	}
	return t.parts[t.partAt(offset)].use
}

// start returns the position of the byte at offset in a file, as a range without an end.
func (t text) start(offset int) diag.Range {
	if v, at := t.valueAt(offset); v.Exists() {
		return v.TextRange(at, at).WithoutEnd()
	}
	return diag.Range{}
}

// span returns the range of the bytes from start up to end in a file. It has no end if the
// end is in another file or before the start.
func (t text) span(start, end int) diag.Range {
	r := t.start(start)
	if end <= start {
		return r
	}
	if v, at := t.valueAt(end - 1); v.Exists() {
		last := v.TextRange(at, at+1)
		if t.isGlue(end - 1) {
			last.End = last.Start
		}
		r = r.Until(last)
	}
	return r
}

// valueAt returns the scalar from which the byte at offset was taken, and its offset
// there. The value does not exist if no scalar is a part of the text.
func (t text) valueAt(offset int) (rulesfile.Value, int) {
	for i := min(t.partAt(offset), len(t.parts)-1); i >= 0; i-- {
		p := t.parts[i]
		at := p.from + offset - p.at
		if i+1 < len(t.parts) {
			at = min(at, p.from+t.parts[i+1].at-p.at)
		}
		if v, at := p.valueAt(at); v.Exists() {
			return v, at
		} // otherwise it is glue, which has the position of the end of the part before
	}
	for _, p := range t.parts {
		if v, at := p.valueAt(p.from); v.Exists() {
			return v, at
		}
	}
	return rulesfile.Value{}, 0
}

// valueAt returns the scalar that has the byte at an offset in what the part was taken from,
// and its offset there.
func (p part) valueAt(offset int) (rulesfile.Value, int) {
	if p.list != nil {
		return p.list.valueAt(offset)
	}
	return p.in, offset
}

// replace returns the edits that replace the bytes from start up to, but not including, end by
// another text. It is an error if both ends are not in the same scalar.
func (t text) replace(start, end int, by string) ([]diag.Edit, error) {
	v, from, to, err := t.source(start, end)
	if err != nil {
		return nil, err
	}
	return v.Replace(from, to, by)
}

// source returns the scalar that has the bytes from start up to, but not including, end, and
// their offsets there. If there are no such bytes, they are between two bytes of the scalar.
func (t text) source(start, end int) (v rulesfile.Value, from, to int, err error) {
	if start+2 < end && t.value[start] == '"' && t.isGlue(start) && t.isGlue(end-1) {
		start, end = start+1, end-1 // quotes around an item that has a blank
	}
	switch {
	case start == end && start < len(t.value) && !t.isGlue(start) && t.useAt(start) == nil:
		v, from = t.valueAt(start)
		return v, from, from, nil
	case start == end && start > 0 && !t.isGlue(start-1) && t.useAt(start-1) == nil:
		v, to = t.valueAt(start - 1)
		return v, to + 1, to + 1, nil
	case start < end && !t.isGlue(start) && !t.isGlue(end-1):
		v, from = t.valueAt(start)
		if last, to := t.valueAt(end - 1); v == last {
			return v, from, to + 1, nil
		}
	}
	return rulesfile.Value{}, 0, 0, errors.New("the text is spread over several values")
}

// isGlue reports whether the byte at offset is in no file.
func (t text) isGlue(offset int) bool {
	p := t.parts[t.partAt(offset)]
	if p.list != nil {
		return p.list.isGlue(p.from + offset - p.at)
	}
	return !p.in.Exists()
}

// textBuilder builds a text.
type textBuilder struct {
	buf   []byte
	parts []part
}

// glue adds s, which is in no file.
func (b *textBuilder) glue(s string) {
	if s == "" {
		return
	}
	if n := len(b.parts); n == 0 || b.parts[n-1].in.Exists() || b.parts[n-1].list != nil || b.parts[n-1].use != nil {
		b.parts = append(b.parts, part{at: len(b.buf)})
	}
	b.buf = append(b.buf, s...)
}

// scalar adds a whole scalar.
func (b *textBuilder) scalar(v rulesfile.Value) {
	b.parts = append(b.parts, part{at: len(b.buf), in: v})
	b.buf = append(b.buf, v.Text()...)
}

// slice adds t.value[start:end] with its origins.
func (b *textBuilder) slice(t text, start, end int) {
	if start >= end {
		return
	}
	base := len(b.buf)
	b.buf = append(b.buf, t.value[start:end]...)
	for i := t.partAt(start); i < len(t.parts) && t.parts[i].at < end; i++ {
		p := t.parts[i]
		cut := max(0, start-p.at)
		b.parts = append(b.parts, part{at: base + p.at + cut - start, from: p.from + cut, in: p.in, list: p.list, use: p.use})
	}
}

// list adds the text of a list for a use of the list.
func (b *textBuilder) list(t *text, use *listUse) {
	if t.value != "" {
		b.parts = append(b.parts, part{at: len(b.buf), list: t, use: use})
		b.buf = append(b.buf, t.value...)
	}
}

// truncate keeps the first n bytes.
func (b *textBuilder) truncate(n int) {
	b.buf = b.buf[:n]
	for len(b.parts) > 0 && b.parts[len(b.parts)-1].at >= n {
		b.parts = b.parts[:len(b.parts)-1]
	}
}

func (b *textBuilder) text() text { return text{string(b.buf), b.parts} }
