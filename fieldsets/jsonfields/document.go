package jsonfields

import (
	"fmt"
	"math"
	"strings"
	"unsafe"
)

// maxDepth is fastjson's maximum nesting depth. A top-level value has depth 1.
const maxDepth = 300

// Document is a JSON text with an index of its values. The zero Document is ready to
// use. Several goroutines can read it at once, but not during Parse.
type Document struct {
	text  string
	nodes []node
	// spaced reports whether there is white space between tokens. If not, the
	// compact text of each value is a part of text.
	spaced bool
}

// node is a value or the key of a member. Nodes are in the order of the text: an array
// is followed by its elements, an object by its keys and values.
type node struct {
	// text[start:end] is the value. For strings and keys it excludes the quotes.
	start, end uint32
	// next is the index of the node after the value and everything in it.
	next uint32
	kind Kind
	// key reports whether the node is the key of the next node, and escaped whether
	// that key has a backslash.
	key, escaped bool
}

// SyntaxError reports a text that is not a JSON document.
type SyntaxError struct {
	// Offset is the offset of the error in bytes.
	Offset int
	// Msg describes the error.
	Msg string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON: byte %d: %s", e.Offset, e.Msg)
}

// Parse parses data, which must be a single value with optional white space around it.
// The error is a [*SyntaxError]; the document is then empty.
//
// The document and texts read from it refer to data, which must not change while they
// are in use. Parse invalidates the nodes of the previous document and reuses its
// memory, 16 bytes for each value and key.
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

// JSON implements [Data]. It returns the top-level value, which is missing if there was
// no successful Parse.
func (d *Document) JSON() Node {
	if len(d.nodes) == 0 {
		return Node{}
	}
	return Node{d, 0, d.nodes[0].next}
}

// index fills nodes. For speed it is a loop instead of a recursive function: each
// iteration parses a value, and the inner loop closes arrays and objects after it.
func (d *Document) index() error {
	text := d.text
	if uint64(len(text)) > math.MaxUint32 {
		return &SyntaxError{0, "longer than 4 GiB"}
	}
	// open has the nodes of the open arrays and objects.
	var open [maxDepth]uint32
	depth := 0
	nodes := d.nodes
	spaced := false
	i := skipSpace(text, 0)
	for {
		if i == len(text) {
			return &SyntaxError{i, "missing value"}
		}
		if depth == maxDepth {
			return &SyntaxError{i, fmt.Sprintf("nested more than %d levels deep", maxDepth)}
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
				break // the inner loop closes it
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
				return &SyntaxError{start, unclosedString}
			}
			nodes = append(nodes, node{uint32(start + 1), uint32(end), at + 1, String, false, false})
			i = end + 1
		default:
			var kind Kind
			if i, kind = wordEnd(text, i); kind == Missing {
				return &SyntaxError{start, "invalid value"}
			}
			nodes = append(nodes, node{uint32(start), uint32(i), at + 1, kind, false, false})
		}
		for {
			if depth == 0 {
				if i = skipSpace(text, i); i < len(text) {
					return &SyntaxError{i, "unexpected text after the document"}
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
				return &SyntaxError{i, fmt.Sprintf("expected a comma or %q", closing(parent.kind))}
			}
			break
		}
	}
}

const unclosedString = "string without closing quote"

// indexKey adds the key that begins at text[i] and returns the index of its value.
func indexKey(nodes []node, text string, i int, spaced *bool) ([]node, int, error) {
	if i == len(text) || text[i] != '"' {
		return nodes, i, &SyntaxError{i, "expected a key in double quotes"}
	}
	// Keys are short, so a loop is faster than IndexByte.
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
		return nodes, i, &SyntaxError{i, unclosedString}
	}
	nodes = append(nodes, node{uint32(start), uint32(end), uint32(len(nodes) + 1), String, true, escaped})
	i = skip(text, end+1, spaced)
	if i == len(text) || text[i] != ':' {
		return nodes, i, &SyntaxError{i, "expected a colon after the key"}
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
	return &SyntaxError{i, fmt.Sprintf("missing %q at the end", closing(kind))}
}

// stringEnd returns the index of the quote that ends the string at text[i], or -1. A
// quote after an odd number of backslashes is escaped.
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

// wordEnd returns the end and the kind of the number or word at text[i]. The kind is
// Missing if it does not exist.
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
	// fastjson accepts a sign without digits at the end of the text.
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

// skip returns the index of the next byte that is not white space. It sets spaced if it
// skipped any.
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
