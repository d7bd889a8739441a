package rulesfile

import (
	"iter"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Value is a value in a file: a scalar, a list or a mapping. An alias is replaced by the
// value that it refers to. The zero Value means that there is no value; [Value.Get]
// returns it for a missing key.
//
// Values are comparable: two are equal if they are the same value of the same File.
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

// Exists reports whether there is a value, that is, whether v is not the zero Value. The
// zero Value is not a scalar, a list or a mapping, and its text, its entries and its range
// are empty. Methods that return edits return an error for it.
func (v Value) Exists() bool { return v.node != nil }

// File returns the file that the value is in.
func (v Value) File() *File { return v.file }

// IsScalar reports whether the value is a string, a number, a boolean or null.
func (v Value) IsScalar() bool { return v.Exists() && v.node.Kind == yamlfile.Scalar }

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.Exists() && v.node.Kind == yamlfile.Sequence }

// IsMapping reports whether the value is a mapping.
func (v Value) IsMapping() bool { return v.Exists() && v.node.Kind == yamlfile.Mapping }

// IsNull reports whether the value is null. A value that is left out after its key is
// null.
func (v Value) IsNull() bool { return v.Exists() && v.node.IsNull() }

// Describe returns what messages call the value: a mapping, a list, null, text, a number,
// or, for a boolean, the value itself.
func (v Value) Describe() string {
	if !v.Exists() {
		return "nothing"
	}
	return v.node.Describe()
}

// Text returns the text of a scalar. It is empty for lists and mappings.
func (v Value) Text() string {
	if !v.Exists() {
		return ""
	}
	return v.node.Value
}

// Len returns the number of entries of a list, or of keys of a mapping.
func (v Value) Len() int {
	switch {
	case v.IsMapping():
		return len(v.node.Content) / 2
	case v.IsList():
		return len(v.node.Content)
	}
	return 0
}

// Entries yields the entries of a list, and nothing for other values.
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

// Pairs yields the keys and values of a mapping in order, and nothing for other values.
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

// Get returns the value of a key. If the mapping has the key twice, Get returns the first
// value, as Falco does. If v does not have the key, is not a mapping, or does not exist,
// Get returns the zero Value.
func (v Value) Get(key string) Value {
	if v.Exists() {
		if n := v.node.Get(key); n != nil {
			return Value{v.file, n}
		}
	}
	return Value{}
}

// Has reports whether the value is a mapping with the given key.
func (v Value) Has(key string) bool { return v.Get(key).Exists() }

// Pair returns the first key with the given name, and its value. Both are the zero Value
// if v is not a mapping with this key.
func (v Value) Pair(name string) Pair {
	for p := range v.Pairs() {
		if p.Key.IsScalar() && p.Key.Text() == name {
			return p
		}
	}
	return Pair{}
}

// KindOf returns the kind of an item: the first of [Kinds] whose name is a key of the
// mapping, or [Unknown].
func KindOf(v Value) Kind {
	for kind := range Kinds() {
		if v.Has(kind.String()) {
			return kind
		}
	}
	return Unknown
}

// Pos returns the position in the text of the file that Falco reports for the value. It
// is where the value, including its anchor and tag, begins. For a value that is left out,
// it is usually where the next value begins.
func (v Value) Pos() diag.Pos {
	if !v.Exists() {
		return diag.Pos{}
	}
	if at, ok := v.file.nulls[v.node]; ok {
		return at
	}
	return v.node.Start
}

// Range returns the range of the value in the outermost file. For a scalar it leaves out
// quotes and surrounding white space.
func (v Value) Range() diag.Range {
	if !v.Exists() {
		return diag.Range{}
	}
	if v.IsScalar() {
		if text := strings.TrimRight(v.Text(), " \t\n\r"); text != "" {
			return v.TextRange(0, len(text))
		}
	}
	r := v.file.RangeAt(v.node.Start, 0).WithoutEnd()
	if end := v.node.End; end.Column > 1 && end.Offset > v.node.Start.Offset {
		r = r.Until(v.file.RangeAt(diag.Pos{Line: end.Line, Column: end.Column - 1}, 1))
	}
	return r
}
