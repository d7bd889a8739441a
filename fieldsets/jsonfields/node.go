package jsonfields

import (
	"strconv"
	"strings"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of values.
const (
	// Missing is the kind of a node that stands for no value.
	Missing Kind = iota
	// Null is the value null.
	Null
	// Bool is true or false.
	Bool
	// Number is a number, NaN and the infinities included.
	Number
	// String is text.
	String
	// Array is a list of values.
	Array
	// Object is a list of members, which are values with names.
	Object
)

// Node is a value of a [Document], or none: the zero Node, and what is asked for
// and not there. Such a node has the kind [Missing], no elements and no members,
// and its text is empty. A Node is small and is handed around by value; it is
// good for as long as its document holds the same text.
//
// These are the loops over an array and over an object:
//
//	for e := n.Index(0); e.Exists(); e = e.Next() { … }
//	for m := n.FirstMember(); m.Exists(); m = m.Next() { … m.Name() … }
type Node struct {
	doc *Document
	// at is the number of the node, end that of the first node behind the
	// array or object that it is in.
	at, end uint32
}

// Kind returns the kind of the value.
func (n Node) Kind() Kind {
	if n.doc == nil {
		return Missing
	}
	return n.doc.nodes[n.at].kind
}

// Exists reports whether there is a value. Null is one.
func (n Node) Exists() bool { return n.doc != nil }

// Get returns the member of an object that has the name key, or the element of
// an array whose number from 0 is written in key. The result is missing where
// there is no such member or element, and for values of other kinds.
//
// Names that are written with escapes are compared by what they mean, after
// those written without. Of several members with one name the first is taken.
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

// At returns the node that the names of path lead to, one [Node.Get] after the
// other.
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

// Index returns the element of an array with the number i, from 0. It is
// missing where the array is shorter, for a negative i, and for values of other
// kinds.
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

// FirstMember returns the first member of an object. It is missing where there
// is none and for values of other kinds.
func (n Node) FirstMember() Node {
	if n.Kind() != Object {
		return Node{}
	}
	end := n.doc.nodes[n.at].next
	if n.at+1 == end {
		return Node{}
	}
	return Node{n.doc, n.at + 2, end} // Behind its name.
}

// Next returns the element or member that comes after n in the same array or
// object. It is missing after the last one.
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

// Name returns the name of a member, which is a String, and nothing for values
// that are no members.
func (n Node) Name() Node {
	if n.doc == nil || n.at == 0 || !n.doc.nodes[n.at-1].key {
		return Node{}
	}
	return Node{n.doc, n.at - 1, n.at}
}

// Bool reports whether the value is true. It is false for all other values,
// such as the text "true".
func (n Node) Bool() bool {
	return n.Kind() == Bool && strings.HasPrefix(n.source(), "t")
}

// source returns the value as it stands in the document; of a string, what
// stands between the quotes.
func (n Node) source() string {
	v := &n.doc.nodes[n.at]
	return n.doc.text[v.start:v.end]
}

// Raw returns the value as it stands in the document, white space included; it
// is a part of the document.
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

// Offset returns where the value begins in the document, in bytes; 0 for none.
func (n Node) Offset() int {
	switch n.Kind() {
	case Missing:
		return 0
	case String:
		return int(n.doc.nodes[n.at].start) - 1
	}
	return int(n.doc.nodes[n.at].start)
}

// inPlace returns the text of the value if it stands in the document as it is.
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

// Text returns the text of the value: a string with its escapes undone, and the
// compact text of any other value. Escapes that mean nothing stay as they are.
// The result is a part of the document where it can be; otherwise, with escapes
// or white space, it is put together in new memory.
func (n Node) Text() string {
	s, ok := n.inPlace()
	if !ok {
		s = string(n.AppendText(nil))
	}
	return s
}

// AppendText appends the text of the value, as [Node.Text] returns it.
func (n Node) AppendText(dst []byte) []byte {
	if n.Kind() == String {
		return appendUnescaped(dst, n.source())
	}
	return n.AppendCompact(dst)
}

// AppendCompact appends the value as it is written, without white space between
// its tokens: strings with their quotes and escapes, numbers digit by digit.
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

// CompactSize returns the length in bytes of the compact text.
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

// withoutComma takes the comma that was counted behind the last element off the
// size of a list; a list without elements has none.
func withoutComma(size int) int {
	if size > len("[]") {
		size--
	}
	return size
}

// endList puts end in the place of the last comma; after an empty list, whose
// opening bracket is then the last byte, there is none.
func endList(dst []byte, end byte) []byte {
	if last := len(dst) - 1; dst[last] == ',' {
		dst = dst[:last]
	}
	return append(dst, end)
}
