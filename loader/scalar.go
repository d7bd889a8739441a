package loader

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// scalar is a YAML scalar of a file.
type scalar struct {
	src  *source
	node *yamlfile.Node
}

func (s scalar) text() string { return s.node.Value }

// span returns the range in the file of the bytes of the scalar's value from start
// to before end.
func (s scalar) span(start, end int) diag.Range {
	at, _ := s.start()
	c := cursor{at: at}
	if marks := s.src.marksIn(s); len(marks) > 0 {
		c = marks[min(max(start, 0)/markEvery, len(marks)-1)]
	}
	return s.spanFrom(c, start, end)
}

// spanFrom is span for a start behind the offset of a cursor.
func (s scalar) spanFrom(c cursor, start, end int) diag.Range {
	r := s.spellingFrom(c, start)
	if end <= start {
		r.End = r.Start
	} else if end > start+1 {
		r.End = s.spellingFrom(c, end-1).End
	}
	if r.End.Offset < r.Start.Offset { // a spelling that was not found
		r.End = diag.Pos{}
	}
	return r
}

// markEvery is how far apart the cursors in a long scalar are that are kept, so
// that to find a place takes no more time than that.
const markEvery = 1 << 7

// marks has cursors in long scalars. It is safe for concurrent use.
type marks struct {
	mu   sync.Mutex
	seen map[*yamlfile.Node]bool
	in   map[*yamlfile.Node][]cursor
}

// marksIn returns cursors of a long scalar, none the first time that it is asked
// for one: often a single place is all that is wanted.
func (m *marks) marksIn(s scalar) []cursor {
	if len(s.node.Value) < 2*markEvery {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.seen[s.node] {
		if m.seen == nil {
			m.seen, m.in = map[*yamlfile.Node]bool{}, map[*yamlfile.Node][]cursor{}
		}
		m.seen[s.node] = true
		return nil
	}
	if m.in[s.node] == nil {
		var offsets []int
		for at := 0; at < len(s.node.Value); at += markEvery {
			offsets = append(offsets, at)
		}
		m.in[s.node] = s.cursors(offsets)
	}
	return m.in[s.node]
}

// cursor says that the part of a scalar's value before offset is written before at,
// an offset in the text of the source, but for white space.
type cursor struct{ offset, at int }

// spellingFrom returns the range in the file of what the byte at offset in the
// scalar's value is written as. The offset is behind that of a cursor. YAML folds
// lines, strips indents and reads escapes, but keeps the order of what is not
// white space: the range is found by counting that.
func (s scalar) spellingFrom(c cursor, offset int) diag.Range {
	value := s.node.Value
	if offset >= len(value) && offset > 0 { // the end
		if c.offset == len(value) {
			at, _ := s.start()
			c = cursor{at: at}
		}
		r := s.spellingFrom(c, len(value)-1)
		r.Start = r.End
		return r
	}
	skip := textLength(value[c.offset:offset]) // what is before the byte
	blank := offset < len(value) && isYAMLBlank(value[offset])
	_, quote := s.start()
	for at := c.at; at < len(s.src.text); {
		n, bytes, isBlank := unit(s.src.text[at:], quote)
		switch {
		case isBlank && skip == 0 && blank, !isBlank && skip < bytes:
			return s.src.placeAt(at, n)
		case !isBlank:
			skip -= bytes
		}
		at += n
	}
	if skip == 0 && blank {
		return s.src.placeAt(len(s.src.text), 0)
	}
	return s.src.place(s.node.Start.Line, s.node.Start.Column, 0)
}

// cursors returns the cursors for ascending offsets, which saves counting from
// the beginning for each place in a long text.
func (s scalar) cursors(offsets []int) []cursor {
	out := make([]cursor, 0, len(offsets))
	at, quote := s.start()
	from := 0
	for _, offset := range offsets {
		skip := textLength(s.node.Value[from:min(offset, len(s.node.Value))])
		for from = offset; skip > 0 && at < len(s.src.text); {
			n, bytes, isBlank := unit(s.src.text[at:], quote)
			if !isBlank {
				skip -= bytes
			}
			at += n
		}
		out = append(out, cursor{offset, at})
	}
	return out
}

// textLength counts the bytes that are not white space.
func textLength(s string) int {
	n := 0
	for i := range len(s) {
		if !isYAMLBlank(s[i]) {
			n++
		}
	}
	return n
}

// notYAML is the quote of a text without quotes and escape sequences.
const notYAML = 1

// start returns the offset in the source at which the text of the scalar begins, and
// its quote or 0. The node begins with its anchor and its tag, which can be on lines
// of their own.
func (s scalar) start() (at int, quote byte) {
	at = s.src.starts[s.node.Start.Line-1] + s.node.Start.Column - 1
	if s.src.plain {
		return at, notYAML
	}
	text := s.src.text
	for at := at; at < len(text); {
		switch c := text[at]; {
		case isYAMLBlank(c):
			at++
		case c == '#':
			at += lineLength(text[at:])
		case c == '&' || c == '!':
			at += propertyLength(text[at:])
		case c == '\'' || c == '"':
			return at + 1, c
		case s.node.Style&(yamlfile.Literal|yamlfile.Folded) != 0:
			return at + lineLength(text[at:]), 0 // behind the header
		default:
			return at, 0
		}
	}
	return at, 0
}

// lineLength returns the length of what stands before a line break: where the
// ends of lines are of several kinds, only one kind counts in places.
func lineLength(text string) int {
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		return end
	}
	return len(text)
}

// propertyLength returns the length of the anchor or tag that text begins with.
func propertyLength(text string) int {
	ends := " \t\r\n,[]{}"
	if text[0] == '!' {
		if strings.HasPrefix(text, "!<") {
			return strings.IndexByte(text, '>') + 1 // without one, the file is not YAML
		}
		ends += "\"<>|\\^`"
	}
	end := strings.IndexFunc(text, func(r rune) bool {
		return strings.ContainsRune(ends, r) || r >= utf8.RuneSelf && text[0] == '!'
	})
	if end < 0 {
		return len(text)
	}
	return end
}

// unit looks at what text, in quotes or not, begins with: the length of its
// spelling, the number of bytes that it stands for, and whether it is white
// space. Outside quotes a zero byte begins an escape sequence.
func unit(text string, quote byte) (length, bytes int, blank bool) {
	switch {
	case quote == '\'' && strings.HasPrefix(text, "''"):
		return 2, 1, false
	case (quote != '"' || text[0] != '\\') && (quote != 0 || text[0] != 0):
		return 1, 1, isYAMLBlank(text[0])
	case len(text) == 1 || text[1] == '\r' || text[1] == '\n': // the line goes on
		return 1, 0, true
	}
	switch text[1] {
	case 'n', 't', 'r', ' ', '\t':
		return 2, 1, true
	case 'L', 'P': // U+2028, U+2029
		return 2, 3, false
	case 'x':
		length = 4
	case 'u':
		length = 6
	case 'U':
		length = 10
	default:
		return 2, 1, false
	}
	length = min(length, len(text))
	code, err := strconv.ParseUint(text[2:length], 16, 32)
	if err != nil {
		return length, 1, false
	}
	return length, max(1, utf8.RuneLen(rune(code))), code < 0x80 && isYAMLBlank(byte(code))
}

// yamlBlanks is the white space of YAML.
const yamlBlanks = " \t\n\r"

func isYAMLBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// text is a condition or an output and where each part of it comes from. The
// zero text is empty.
type text struct {
	value string
	parts []part
}

// part says that the text from offset at on was taken from a scalar or from the
// text of a list, from offset from on; without either it is glue.
type part struct {
	at   int
	from int
	in   *scalar
	list *text
	// use says which list brought the part in, and where; nil for what was
	// written there.
	use *listUse
}

// listUse is a use of a list: at is the range of its name.
type listUse struct {
	list string
	at   diag.Range
	// inList says that the name stood in a list, where a list belongs.
	inList bool
}

func textOf(s scalar) text {
	return text{value: s.text(), parts: []part{{in: &s}}}
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

// equal reports whether two texts are the same and come from the same places.
func (t text) equal(u text) bool {
	return t.value == u.value && slices.EqualFunc(t.parts, u.parts, func(a, b part) bool {
		switch {
		case a.at != b.at || a.from != b.from:
			return false
		case a.list != nil && b.list != nil:
			return a.list == b.list || a.list.equal(*b.list)
		case a.in != nil && b.in != nil:
			return a.in.node == b.in.node
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

// start returns the position in a file of the byte at offset, as a range without an
// end.
func (t text) start(offset int) diag.Range {
	if s, at := t.scalarAt(offset); s != nil {
		return startOf(s.span(at, at))
	}
	return diag.Range{}
}

// span returns the range in a file of the bytes from start to before end. It has no
// end if they do not end in the same file, behind the start.
func (t text) span(start, end int) diag.Range {
	r := t.start(start)
	if end <= start {
		return r
	}
	if s, at := t.scalarAt(end - 1); s != nil {
		last := s.span(at, at+1)
		if t.isGlue(end - 1) {
			last.End = last.Start
		}
		setEnd(&r, last)
	}
	return r
}

// setEnd extends a range to the end of another one, if that is behind its start.
func setEnd(r *diag.Range, last diag.Range) {
	if last.File == r.File && last.End.Compare(r.Start) > 0 {
		r.End = last.End
	}
}

// scalarAt returns the scalar from which the byte at offset was taken, and its
// offset there; nil where the text is of no scalar.
func (t text) scalarAt(offset int) (*scalar, int) {
	for i := min(t.partAt(offset), len(t.parts)-1); i >= 0; i-- {
		p := t.parts[i]
		at := p.from + offset - p.at
		if i+1 < len(t.parts) {
			at = min(at, p.from+t.parts[i+1].at-p.at)
		}
		if s, at := p.scalarAt(at); s != nil {
			return s, at
		} // else it is glue: the place is the end of what is before it
	}
	for _, p := range t.parts {
		if s, at := p.scalarAt(p.from); s != nil {
			return s, at
		}
	}
	return nil, 0
}

// scalarAt returns the scalar that the byte at an offset of what the part was taken
// from belongs to, and its offset there; nil if there is none.
func (p part) scalarAt(offset int) (*scalar, int) {
	if p.list != nil {
		return p.list.scalarAt(offset)
	}
	return p.in, offset
}

// isGlue reports whether the byte at offset is in no file.
func (t text) isGlue(offset int) bool {
	p := t.parts[t.partAt(offset)]
	if p.list != nil {
		return p.list.isGlue(p.from + offset - p.at)
	}
	return p.in == nil
}

// textBuilder puts a text together.
type textBuilder struct {
	buf   []byte
	parts []part
}

// glue adds s, which is in no file.
func (b *textBuilder) glue(s string) {
	if s == "" {
		return
	}
	if n := len(b.parts); n == 0 || b.parts[n-1].in != nil || b.parts[n-1].list != nil || b.parts[n-1].use != nil {
		b.parts = append(b.parts, part{at: len(b.buf)})
	}
	b.buf = append(b.buf, s...)
}

// scalar adds a whole scalar.
func (b *textBuilder) scalar(s scalar) {
	b.parts = append(b.parts, part{at: len(b.buf), in: &s})
	b.buf = append(b.buf, s.text()...)
}

// slice adds t.value[start:end] with its places.
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

// list adds the text of a list, put in at a use.
func (b *textBuilder) list(t *text, use *listUse) {
	if t.value != "" {
		b.parts = append(b.parts, part{at: len(b.buf), list: t, use: use})
		b.buf = append(b.buf, t.value...)
	}
}

// truncate leaves the first n bytes.
func (b *textBuilder) truncate(n int) {
	b.buf = b.buf[:n]
	for len(b.parts) > 0 && b.parts[len(b.parts)-1].at >= n {
		b.parts = b.parts[:len(b.parts)-1]
	}
}

func (b *textBuilder) text() text { return text{string(b.buf), b.parts} }
