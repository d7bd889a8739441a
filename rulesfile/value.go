package rulesfile

import (
	"iter"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Value is a value in a file: a scalar, a list or a mapping. An alias counts as what it
// stands for. The zero Value does not exist: it is what [Value.Get] returns for a key
// that a mapping does not have.
//
// Two Values are equal if they are the same value of the same file.
type Value struct {
	file *File
	node *yamlfile.Node
}

// Pair is a key of a mapping and its value.
type Pair struct {
	Key, Value Value
	// mapping has the pair at the given index.
	mapping Value
	index   int
}

func (f *File) value(n *yamlfile.Node) Value { return Value{f, n.Deref()} }

// Exists reports whether there is a value. Other methods than Get, Has and Pair need one.
func (v Value) Exists() bool { return v.node != nil }

// File returns the file that the value is in.
func (v Value) File() *File { return v.file }

// IsScalar reports whether the value is a text, a number, a truth value or null.
func (v Value) IsScalar() bool { return v.node.Kind == yamlfile.Scalar }

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.node.Kind == yamlfile.Sequence }

// IsMapping reports whether the value is a mapping.
func (v Value) IsMapping() bool { return v.node.Kind == yamlfile.Mapping }

// IsNull reports whether the value is null, which a value that is left out is, too.
func (v Value) IsNull() bool { return v.node.IsNull() }

// Describe says what the value is, as messages call it: a mapping, a list, null, text,
// a number, or the truth value itself.
func (v Value) Describe() string { return v.node.Describe() }

// Text returns the text of a scalar. It is empty for lists and mappings.
func (v Value) Text() string { return v.node.Value }

// Len returns the number of entries of a list, or of keys of a mapping.
func (v Value) Len() int {
	if v.IsMapping() {
		return len(v.node.Content) / 2
	}
	return len(v.node.Content)
}

// Entries returns the entries of a list, and nothing for other values.
func (v Value) Entries() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.IsList() {
			return
		}
		for _, n := range v.node.Content {
			if !yield(v.file.value(n)) {
				return
			}
		}
	}
}

// Pairs returns the keys and values of a mapping in order, and nothing for other values.
func (v Value) Pairs() iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		if !v.IsMapping() {
			return
		}
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			if !yield(Pair{v.file.value(v.node.Content[i]), v.file.value(v.node.Content[i+1]), v, i / 2}) {
				return
			}
		}
	}
}

// Get returns the value of a key. If the mapping has the key twice, the first one
// counts, as in Falco. The value does not exist if v does not have the key, is not a
// mapping, or does not exist.
func (v Value) Get(key string) Value {
	if v.node == nil {
		return Value{}
	}
	if n := v.node.Get(key); n != nil {
		return Value{v.file, n}
	}
	return Value{}
}

// Has reports whether the value is a mapping that has a key.
func (v Value) Has(key string) bool { return v.Get(key).Exists() }

// Pair returns the first key of the given name with its value. Neither exists if the value
// is not a mapping that has the key.
func (v Value) Pair(name string) Pair {
	if v.Exists() {
		for p := range v.Pairs() {
			if p.Key.IsScalar() && p.Key.Text() == name {
				return p
			}
		}
	}
	return Pair{}
}

// KindOf returns the kind of item that a mapping is. It follows from its keys: the
// first of [Kinds] that is one of them.
func KindOf(v Value) Kind {
	for kind := range Kinds() {
		if v.Has(kind.String()) {
			return kind
		}
	}
	return Unknown
}

// Pos returns where Falco's YAML reader sees the value, in the text of its file. That
// is where the value begins, with its anchor and tag, except for a null that is left
// out: Falco sees it elsewhere, mostly where the next value begins.
func (v Value) Pos() diag.Pos {
	if at, ok := v.file.nulls[v.node]; ok {
		return at
	}
	return v.node.Start
}

// Range returns the range of the value in the outermost file. The range of a scalar is
// its text, without quotes and without white space around it.
func (v Value) Range() diag.Range {
	if v.IsScalar() {
		if text := strings.TrimRight(v.Text(), " \t\n\r"); text != "" {
			return v.TextRange(0, len(text))
		}
	}
	r := startOf(v.file.RangeAt(v.node.Start, 0))
	if end := v.node.End; end.Column > 1 && end.Offset > v.node.Start.Offset {
		setEnd(&r, v.file.RangeAt(diag.Pos{Line: end.Line, Column: end.Column - 1}, 1))
	}
	return r
}
