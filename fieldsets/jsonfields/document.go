package jsonfields

import (
	"fmt"
	"math"
	"strings"
	"unsafe"
)

// maxDepth is how deep values may be nested; a value outside of any array or
// object has depth 1. It is fastjson's limit.
const maxDepth = 300

// Document is a JSON text and the index of its values. The zero Document is
// ready to use. It can be read by many goroutines at once, but not while Parse
// runs.
type Document struct {
	text  string
	nodes []node
	// spaced says that there is white space between the tokens of the
	// document. Without it the compact text of every value is a part of text.
	spaced bool
}

// node is a value, or the key of a member. The nodes of a document stand in the
// order of its text: behind an array its elements, behind an object its
// members, each of them a key and a value.
type node struct {
	// text[start:end] is the value; of a string and a key, what stands
	// between the quotes.
	start, end uint32
	// next is the number of the first node behind the value and all that is
	// in it.
	next uint32
	kind Kind
	// key says that the node, a string, is the name of the member whose value
	// is the next node; escaped, that there is a backslash in that name.
	key, escaped bool
}

// SyntaxError says why a text is not a JSON document.
type SyntaxError struct {
	// Offset is the place of the error, in bytes from the start of the text.
	Offset int
	// Msg says what is wrong there.
	Msg string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON: byte %d: %s", e.Offset, e.Msg)
}

// Parse makes data the text of d. White space around the value is allowed, and
// nothing else. The error is a [*SyntaxError]; d is an empty document then.
//
// The document keeps data and what is read from it refers to it, so data must
// not change for as long as any of that is in use. Nodes and texts of the
// document that d held before become invalid. The memory of d, 16 bytes for
// each value and key of the largest document so far, is kept for the next one.
func (d *Document) Parse(data []byte) error {
	d.text = unsafe.String(unsafe.SliceData(data), len(data))
	d.nodes = d.nodes[:0]
	d.spaced = false
	err := d.index()
	if err != nil {
		d.text = ""
		d.nodes = d.nodes[:0]
		return err
	}
	return nil
}

// JSON returns the value that the whole document is; it is missing before Parse
// and after an error of it. With this method a Document is a [Data].
func (d *Document) JSON() Node {
	if len(d.nodes) == 0 {
		return Node{}
	}
	return Node{d, 0, d.nodes[0].next}
}

// index fills nodes. It is one loop instead of a function that calls itself: a
// turn reads a value from its first byte on; the inner loop then closes what
// ends behind it.
func (d *Document) index() error {
	text := d.text
	if uint64(len(text)) > math.MaxUint32 {
		return &SyntaxError{0, "longer than 4 GiB"}
	}
	// open are the nodes of the arrays and objects that have not ended yet.
	var open [maxDepth]uint32
	depth := 0
	nodes := d.nodes
	spaced := false
	i := skipSpace(text, 0)
	for {
		if i == len(text) {
			return &SyntaxError{i, "a value is missing"}
		}
		if depth == maxDepth {
			return &SyntaxError{i, fmt.Sprintf("more than %d levels", maxDepth)}
		}
		at := uint32(len(nodes))
		start := i
		switch text[i] {
		case '{', '[':
			kind := Object
			if text[i] == '[' {
				kind = Array
			}
			nodes = append(nodes, node{start: uint32(i), kind: kind})
			open[depth] = at
			depth++
			i = skip(text, i+1, &spaced)
			if i == len(text) {
				return unclosed(i, kind)
			}
			if text[i] == closing(kind) {
				break // The inner loop closes it.
			}
			if kind == Object {
				var err error
				if nodes, i, err = indexKey(nodes, text, i, &spaced); err != nil {
					return err
				}
			}
			continue
		case '"':
			end := stringEnd(text, i+1)
			if end < 0 {
				return &SyntaxError{start, "the text that begins here has no closing quote"}
			}
			nodes = append(nodes, node{uint32(start + 1), uint32(end), at + 1, String, false, false})
			i = end + 1
		default:
			var kind Kind
			if i, kind = wordEnd(text, i); kind == Missing {
				return &SyntaxError{start, "no value begins like this"}
			}
			nodes = append(nodes, node{uint32(start), uint32(i), at + 1, kind, false, false})
		}
		for {
			if depth == 0 {
				if i = skipSpace(text, i); i < len(text) {
					return &SyntaxError{i, "text after the end of the document"}
				}
				d.nodes, d.spaced = nodes, spaced
				return nil
			}
			parent := &nodes[open[depth-1]]
			i = skip(text, i, &spaced)
			if i == len(text) {
				return unclosed(i, parent.kind)
			}
			switch text[i] {
			case closing(parent.kind):
				i++
				parent.end = uint32(i)
				parent.next = uint32(len(nodes))
				depth--
				continue
			case ',':
				i = skip(text, i+1, &spaced)
				if parent.kind == Object {
					var err error
					if nodes, i, err = indexKey(nodes, text, i, &spaced); err != nil {
						return err
					}
				}
			default:
				return &SyntaxError{i, fmt.Sprintf("a comma or %q is missing", closing(parent.kind))}
			}
			break
		}
	}
}

// indexKey adds the key that begins at text[i] and returns where the value
// behind its colon begins.
func indexKey(nodes []node, text string, i int, spaced *bool) ([]node, int, error) {
	if i == len(text) || text[i] != '"' {
		return nodes, i, &SyntaxError{i, "the name of a member is missing, in double quotes"}
	}
	// Names are short: looking at each byte is quicker than a search.
	start := i + 1
	end := start
	for end < len(text) && text[end] != '"' && text[end] != '\\' {
		end++
	}
	escaped := end < len(text) && text[end] == '\\'
	if escaped {
		end = stringEnd(text, start)
	}
	if end < 0 || end == len(text) {
		return nodes, i, &SyntaxError{i, "the text that begins here has no closing quote"}
	}
	nodes = append(nodes, node{uint32(start), uint32(end), uint32(len(nodes) + 1), String, true, escaped})
	i = skip(text, end+1, spaced)
	if i == len(text) || text[i] != ':' {
		return nodes, i, &SyntaxError{i, "a colon is missing after the name of a member"}
	}
	return nodes, skip(text, i+1, spaced), nil
}

// closing returns the byte that ends an array or an object.
func closing(kind Kind) byte {
	if kind == Array {
		return ']'
	}
	return '}'
}

func unclosed(i int, kind Kind) error {
	return &SyntaxError{i, fmt.Sprintf("the text ends before %q", closing(kind))}
}

// stringEnd returns the place of the quote that ends the string whose first
// byte is text[i], or -1. A quote behind an odd number of backslashes belongs
// to the string.
func stringEnd(text string, i int) int {
	for end := i; ; end++ {
		n := strings.IndexByte(text[end:], '"')
		if n < 0 {
			return -1
		}
		end += n
		first := end
		for first > i && text[first-1] == '\\' {
			first--
		}
		if (end-first)%2 == 0 {
			return end
		}
	}
}

// wordEnd returns the end and the kind of the number or the bare word that
// begins at text[i]; the kind is Missing where there is none.
func wordEnd(text string, i int) (int, Kind) {
	rest := text[i:]
	switch c := rest[0]; {
	case c == 't' && strings.HasPrefix(rest, "true"):
		return i + 4, Bool
	case c == 'f' && strings.HasPrefix(rest, "false"):
		return i + 5, Bool
	case c == 'n' && strings.HasPrefix(rest, "null"):
		return i + 4, Null
	}
	n := 0
	for n < len(rest) && isNumberByte(rest[n]) {
		n++
	}
	// A number that ends with the text may be a sign alone: fastjson takes it.
	signed := n == 1 && (rest[0] == '-' || rest[0] == '+') && len(rest) > 1
	if n > 0 && !signed {
		return i + n, Number
	}
	if len(rest) >= n+3 {
		if word := rest[n : n+3]; strings.EqualFold(word, "nan") || strings.EqualFold(word, "inf") {
			return i + n + 3, Number
		}
	}
	return i, Missing
}

func isNumberByte(c byte) bool {
	return c-'0' <= 9 || c == '.' || c == '-' || c == 'e' || c == 'E' || c == '+'
}

// skip returns the place of the first byte from text[i] on that is not white
// space, and notes in spaced whether there was any.
func skip(text string, i int, spaced *bool) int {
	if i < len(text) && text[i] > ' ' {
		return i
	}
	end := skipSpace(text, i)
	if end > i {
		*spaced = true
	}
	return end
}

func skipSpace(text string, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}
