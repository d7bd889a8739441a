package falcoconfig

import (
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// value is a value of a file. The zero value is that of a missing key.
type value struct {
	file *yamlfile.File
	key  *yamlfile.Node // of the mapping that it is in, or nil
	node *yamlfile.Node
	// more are items that other files append to a sequence.
	more []value
}

func (v value) exists() bool { return v.node != nil }

func (v value) is(k yamlfile.Kind) bool { return v.node != nil && v.node.Kind == k && !v.node.IsNull() }

// isNull reports whether the value is null, which is how YAML reads an empty one.
func (v value) isNull() bool { return v.node != nil && v.node.IsNull() }

// at returns where the value is written.
func (v value) at() diag.Range {
	if v.node == nil {
		return diag.Range{}
	}
	return v.file.Range(v.node)
}

// name returns the name of the key.
func (v value) name() string { return v.key.Deref().Value }

// ofKey returns the key itself as a value, for diagnostics about it.
func (v value) ofKey() value { return value{file: v.file, node: v.key} }

// child returns a value in the same file.
func (v value) child(key, n *yamlfile.Node) value {
	return value{file: v.file, key: key, node: n.Deref()}
}

// get returns the value of a key of a mapping. Of several, the first one counts, as in
// Falco.
func (v value) get(name string) value {
	for _, p := range v.pairs() {
		if p.name() == name {
			return p
		}
	}
	return value{}
}

// pairs returns the values of a mapping, with their keys. It leaves out keys that are not
// scalars.
func (v value) pairs() []value {
	if !v.is(yamlfile.Mapping) {
		return nil
	}
	var out []value
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		if k := v.node.Content[i].Deref(); k.Kind == yamlfile.Scalar && !k.IsNull() {
			out = append(out, v.child(v.node.Content[i], v.node.Content[i+1]))
		}
	}
	return out
}

// items returns the items of a sequence.
func (v value) items() []value {
	if !v.is(yamlfile.Sequence) {
		return nil
	}
	out := make([]value, 0, len(v.node.Content)+len(v.more))
	for _, n := range v.node.Content {
		out = append(out, v.child(nil, n))
	}
	return append(out, v.more...)
}

// list returns the items of a sequence, or a scalar as the only one, and whether Falco
// reads the value as a list.
func (v value) list() ([]value, bool) {
	switch {
	case v.is(yamlfile.Sequence):
		return v.items(), true
	case v.is(yamlfile.Scalar):
		return []value{v}, true
	}
	return nil, false
}

// text returns the value as text. As in Falco, null is the text null.
func (v value) text() (string, bool) {
	switch {
	case v.isNull():
		return "null", true
	case v.is(yamlfile.Scalar):
		return v.node.Value, true
	}
	return "", false
}

func (v value) bool() (bool, bool) {
	if !v.is(yamlfile.Scalar) {
		return false, false
	}
	return scan.Bool(v.node.Value)
}

func (v value) uint(bits int) (uint64, bool) {
	if !v.is(yamlfile.Scalar) {
		return 0, false
	}
	return scan.Uint(v.node.Value, bits)
}

// describe describes the value for messages.
func (v value) describe() string { return v.node.Describe() }
