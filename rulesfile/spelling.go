package rulesfile

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// TextRange returns the range, in the outermost file, of the bytes of a scalar's text from
// start up to, but not including, end.
func (v Value) TextRange(start, end int) diag.Range {
	at, _ := v.start()
	c := cursor{at: at}
	if marks := v.file.marksIn(v); len(marks) > 0 {
		c = marks[min(max(start, 0)/markEvery, len(marks)-1)]
	}
	return v.spanFrom(c, start, end)
}

// spanFrom is TextRange for a start behind the offset of a cursor.
func (v Value) spanFrom(c cursor, start, end int) diag.Range {
	r := v.spellingFrom(c, start)
	if end <= start {
		r.End = r.Start
	} else if end > start+1 {
		r.End = v.spellingFrom(c, end-1).End
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
func (m *marks) marksIn(v Value) []cursor {
	if len(v.node.Value) < 2*markEvery {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.seen[v.node] {
		if m.seen == nil {
			m.seen, m.in = map[*yamlfile.Node]bool{}, map[*yamlfile.Node][]cursor{}
		}
		m.seen[v.node] = true
		return nil
	}
	if m.in[v.node] == nil {
		var offsets []int
		for at := 0; at < len(v.node.Value); at += markEvery {
			offsets = append(offsets, at)
		}
		m.in[v.node] = v.cursors(offsets)
	}
	return m.in[v.node]
}

// cursor says that the part of a scalar's value before offset is written before at,
// an offset in the text of the source, but for white space.
type cursor struct{ offset, at int }

// spellingFrom returns the range in the file of what the byte at offset in the
// scalar's value is written as. The offset is behind that of a cursor. YAML folds
// lines, strips indents and reads escapes, but keeps the order of what is not
// white space: the range is found by counting that.
func (v Value) spellingFrom(c cursor, offset int) diag.Range {
	value := v.node.Value
	if offset >= len(value) && offset > 0 { // the end
		if c.offset == len(value) {
			at, _ := v.start()
			c = cursor{at: at}
		}
		r := v.spellingFrom(c, len(value)-1)
		r.Start = r.End
		return r
	}
	skip := textLength(value[c.offset:offset]) // what is before the byte
	blank := offset < len(value) && isYAMLBlank(value[offset])
	_, quote := v.start()
	for at := c.at; at < len(v.file.text); {
		n, bytes, isBlank := unit(v.file.text[at:], quote)
		switch {
		case isBlank && skip == 0 && blank, !isBlank && skip < bytes:
			return v.file.Range(at, n)
		case !isBlank:
			skip -= bytes
		}
		at += n
	}
	if skip == 0 && blank {
		return v.file.Range(len(v.file.text), 0)
	}
	return v.file.RangeAt(v.node.Start, 0)
}

// cursors returns the cursors for ascending offsets, which saves counting from
// the beginning for each place in a long text.
func (v Value) cursors(offsets []int) []cursor {
	out := make([]cursor, 0, len(offsets))
	at, quote := v.start()
	from := 0
	for _, offset := range offsets {
		skip := textLength(v.node.Value[from:min(offset, len(v.node.Value))])
		for from = offset; skip > 0 && at < len(v.file.text); {
			n, bytes, isBlank := unit(v.file.text[at:], quote)
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
func (v Value) start() (at int, quote byte) {
	at = v.file.starts[v.node.Start.Line-1] + v.node.Start.Column - 1
	if v.file.plain {
		return at, notYAML
	}
	text := v.file.text
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
		case v.node.Style&(yamlfile.Literal|yamlfile.Folded) != 0:
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
