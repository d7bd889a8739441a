package jsonfields

import (
	"strconv"
	"strings"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of values.
const (
	// Missing is the kind of a missing value.
	Missing Kind = iota
	// Null is the value null.
	Null
	// Bool is true or false.
	Bool
	// Number is a number, including NaN and infinities.
	Number
	// String is a string.
	String
	// Array is a list of values.
	Array
	// Object is a list of members, which have a name and a value.
	Object
)

// Node is a value of a [Document] or a missing value, such as the zero Node. A missing
// value has the kind [Missing], an empty text, and no elements or members. Nodes are
// small, passed by value, and valid until the next [Document.Parse].
//
// To loop over an array or an object:
//
//	for e := n.Index(0); e.Exists(); e = e.Next() { … }
//	for m := n.FirstMember(); m.Exists(); m = m.Next() { … m.Name() … }
type Node struct {
	doc *Document
	// at is the index of the node, end that of the first node after the enclosing
	// array or object.
	at, end uint32
}

// Kind returns the kind of the value.
func (n Node) Kind() Kind {
	if n.doc == nil {
		return Missing
	}
	return n.doc.nodes[n.at].kind
}

// Exists reports whether the value is not missing. Null exists.
func (n Node) Exists() bool { return n.doc != nil }

// Get returns the member of an object with the name key, or the element of an array
// with the decimal index key. Otherwise the result is missing.
//
// If several members have the same name, the first one counts, except that names without
// escapes in the text take precedence over names with escapes.
func (n Node) Get(key string) Node {
	switch n.Kind() {
	case Object:
		return n.member(key)
	case Array:
		i, err := strconv.Atoi(key)
		if err != nil {
			return Node{}
		}
		return n.Index(i)
	}
	return Node{}
}

// At follows a path with [Node.Get].
func (n Node) At(path ...string) Node {
	for _, key := range path {
		n = n.Get(key)
	}
	return n
}

func (n Node) member(key string) Node {
	d := n.doc
	end := d.nodes[n.at].next
	escaped := false
	for at := n.at + 1; at < end; at = d.nodes[at+1].next {
		name := &d.nodes[at]
		if name.escaped {
			escaped = true
		} else if d.text[name.start:name.end] == key {
			return Node{d, at + 1, end}
		}
	}
	if !escaped {
		return Node{}
	}
	var buf [64]byte
	for at := n.at + 1; at < end; at = d.nodes[at+1].next {
		name := &d.nodes[at]
		if name.escaped && string(appendUnescaped(buf[:0], d.text[name.start:name.end])) == key {
			return Node{d, at + 1, end}
		}
	}
	return Node{}
}

// Index returns element i of an array. It is missing if i is out of range or the value is
// not an array.
func (n Node) Index(i int) Node {
	if n.Kind() != Array || i < 0 {
		return Node{}
	}
	d := n.doc
	end := d.nodes[n.at].next
	for at := n.at + 1; at < end; at = d.nodes[at].next {
		if i == 0 {
			return Node{d, at, end}
		}
		i--
	}
	return Node{}
}

// FirstMember returns the value of the first member of an object. It is missing if there
// are no members or the value is not an object.
func (n Node) FirstMember() Node {
	if n.Kind() != Object {
		return Node{}
	}
	end := n.doc.nodes[n.at].next
	if n.at+1 == end {
		return Node{}
	}
	return Node{n.doc, n.at + 2, end} // after its name
}

// Next returns the next element or member of the same array or object, which is missing
// after the last one.
func (n Node) Next() Node {
	if n.doc == nil {
		return Node{}
	}
	at := n.doc.nodes[n.at].next
	if at >= n.end {
		return Node{}
	}
	if n.doc.nodes[at].key {
		at++
	}
	return Node{n.doc, at, n.end}
}

// Name returns the name of a member as a String node. It is missing for values that are
// not members.
func (n Node) Name() Node {
	if n.doc == nil || n.at == 0 || !n.doc.nodes[n.at-1].key {
		return Node{}
	}
	return Node{n.doc, n.at - 1, n.at}
}

// Bool reports whether the value is the boolean true.
func (n Node) Bool() bool {
	return n.Kind() == Bool && strings.HasPrefix(n.source(), "t")
}

// source returns the text of the value in the document, without the quotes of a string.
func (n Node) source() string {
	v := &n.doc.nodes[n.at]
	return n.doc.text[v.start:v.end]
}

// Raw returns the value exactly as in the document, with white space and quotes. It
// shares memory with the document.
func (n Node) Raw() string {
	switch n.Kind() {
	case Missing:
		return ""
	case String:
		v := &n.doc.nodes[n.at]
		return n.doc.text[v.start-1 : v.end+1]
	}
	return n.source()
}

// Offset returns the offset of the value in the document in bytes, or 0 if it is missing.
func (n Node) Offset() int {
	switch n.Kind() {
	case Missing:
		return 0
	case String:
		return int(n.doc.nodes[n.at].start) - 1
	}
	return int(n.doc.nodes[n.at].start)
}

// TextOffset returns the offset in the document of byte i of the text of a string, which
// differs from i if the string has escapes.
func (n Node) TextOffset(i int) int {
	if n.Kind() != String {
		return n.Offset()
	}
	s, at := n.source(), 0
	var buf [16]byte
	for i > 0 && at < len(s) {
		if s[at] != '\\' {
			step := strings.IndexByte(s[at:], '\\')
			if step < 0 || step > i {
				step = i
			}
			i -= step
			at += step
			continue
		}
		size := 2
		if _, long := unicodeEscape(s[at:]); long > 0 {
			size = long
		}
		size = min(size, len(s)-at)
		if i -= len(appendUnescaped(buf[:0], s[at:at+size])); i >= 0 {
			at += size
		}
	}
	return n.Offset() + 1 + min(at, len(s))
}

// inPlace returns the text of the value if it is a part of the document.
func (n Node) inPlace() (string, bool) {
	switch n.Kind() {
	case Missing:
		return "", true
	case String:
		s := n.source()
		return s, strings.IndexByte(s, '\\') < 0
	case Array, Object:
		return n.source(), !n.doc.spaced
	}
	return n.source(), true
}

// Text returns the text of a string, or the compact text of any other value. Unknown
// escapes in strings are left unchanged. The result shares memory with the document
// unless there are escapes or white space to remove.
func (n Node) Text() string {
	s, ok := n.inPlace()
	if !ok {
		s = string(n.AppendText(nil))
	}
	return s
}

// AppendText appends the result of [Node.Text].
func (n Node) AppendText(dst []byte) []byte {
	if n.Kind() == String {
		return appendUnescaped(dst, n.source())
	}
	return n.AppendCompact(dst)
}

// AppendCompact appends the value as in the document, but without white space between
// tokens.
func (n Node) AppendCompact(dst []byte) []byte {
	kind := n.Kind()
	switch {
	case kind == Missing:
		return dst
	case kind == String:
		dst = append(dst, '"')
		dst = append(dst, n.source()...)
		return append(dst, '"')
	case kind == Array && n.doc.spaced:
		dst = append(dst, '[')
		for e := n.Index(0); e.Exists(); e = e.Next() {
			dst = e.AppendCompact(dst)
			dst = append(dst, ',')
		}
		return endList(dst, ']')
	case kind == Object && n.doc.spaced:
		dst = append(dst, '{')
		for m := n.FirstMember(); m.Exists(); m = m.Next() {
			dst = m.Name().AppendCompact(dst)
			dst = append(dst, ':')
			dst = m.AppendCompact(dst)
			dst = append(dst, ',')
		}
		return endList(dst, '}')
	}
	return append(dst, n.source()...)
}

// CompactSize returns the length of the compact text in bytes.
func (n Node) CompactSize() int {
	kind := n.Kind()
	switch {
	case kind == Missing:
		return 0
	case kind == String:
		return len(n.source()) + len(`""`)
	case kind == Array && n.doc.spaced:
		size := len("[]")
		for e := n.Index(0); e.Exists(); e = e.Next() {
			size += e.CompactSize() + len(",")
		}
		return withoutComma(size)
	case kind == Object && n.doc.spaced:
		size := len("{}")
		for m := n.FirstMember(); m.Exists(); m = m.Next() {
			size += m.Name().CompactSize() + len(":") + m.CompactSize() + len(",")
		}
		return withoutComma(size)
	}
	return len(n.source())
}

// withoutComma subtracts the comma that was counted after the last element, if there is
// one.
func withoutComma(size int) int {
	if size > len("[]") {
		size--
	}
	return size
}

// endList replaces the comma after the last element, if there is one, with end.
func endList(dst []byte, end byte) []byte {
	if last := len(dst) - 1; dst[last] == ',' {
		dst = dst[:last]
	}
	return append(dst, end)
}
