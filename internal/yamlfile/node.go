package yamlfile

import (
	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/diag"
)

// Kind is the kind of a node.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota + 1
	Sequence
	Mapping
	Alias
)

// Style says how a node is written; several can be set.
type Style uint8

// The styles of nodes.
const (
	Tagged Style = 1 << iota
	DoubleQuoted
	SingleQuoted
	Literal
	Folded
	Flow
)

// Node is a value of a YAML document.
type Node struct {
	Kind  Kind
	Style Style
	// Tag is the tag in its short form, such as !!str, or empty if it follows
	// from the value; see [Node.ShortTag].
	Tag string
	// Value is the text of a scalar, or the name of the anchor of an alias.
	Value string
	// Anchor is the name of the anchor.
	Anchor string
	// Alias is what an alias stands for. The alias may be a part of it.
	Alias *Node
	// Content are the items of a sequence, or the keys and values of a mapping
	// in turns.
	Content []*Node
	// Start is where the node begins, with its anchor and its tag. It is not
	// valid if the node was not read from a text.
	Start diag.Pos
	// End is where the node ends; behind the last item if no bracket ends it.
	End diag.Pos
	// HeadComment and LineComment are comments above the node and behind it. They
	// are written, but not read.
	HeadComment, LineComment string
}

// Null is the tag of nodes that are null.
const Null = "!!null"

// Text returns a scalar that is read as the given text.
func Text(text string) *Node {
	var n yaml.Node
	n.SetString(text)
	out := &Node{Kind: Scalar, Tag: n.Tag, Value: n.Value}
	if n.Style == yaml.LiteralStyle {
		out.Style = Literal
	}
	return out
}

// ScalarOf returns a text, a number, a time or a truth value as a scalar.
func ScalarOf(v any) (*Node, error) {
	var n yaml.Node
	err := n.Encode(v)
	return &Node{Kind: Scalar, Tag: n.Tag, Value: n.Value}, err
}

// Range returns where the node is in its text.
func (n *Node) Range() diag.Span { return diag.Span{Start: n.Start, End: n.End} }

// ShortTag returns the tag of the node: the one that is written or, if none is, the
// one that YAML 1.2 gives to such a value, with !!timestamp for times and !!merge
// for the key <<. An alias has the tag of what it
// stands for.
func (n *Node) ShortTag() string {
	switch {
	case n.Tag != "":
		return n.Tag
	case n.Kind == Sequence:
		return "!!seq"
	case n.Kind == Mapping:
		return "!!map"
	case n.Kind == Alias:
		return n.Alias.ShortTag()
	case n.Style&quotedStyles != 0:
		return "!!str"
	case isNull(n.Value):
		return Null
	case n.Value == "<<":
		return "!!merge"
	}
	return (&yaml.Node{Kind: yaml.ScalarNode, Value: n.Value}).ShortTag()
}

// quoted are the styles of scalars that are always text.
const quotedStyles = DoubleQuoted | SingleQuoted | Literal | Folded

// IsNull reports whether the node is null.
func (n *Node) IsNull() bool {
	return n.Kind == Scalar && (n.Tag == Null || n.Tag == "" && n.Style&quotedStyles == 0 && isNull(n.Value))
}

// Describe says what the node is, as messages call it: a mapping, a list, null, text,
// a number, or the truth value itself.
func (n *Node) Describe() string {
	switch n.Kind {
	case Mapping:
		return "a mapping"
	case Sequence:
		return "a list"
	case Alias:
		return "an alias"
	}
	switch n.ShortTag() {
	case Null:
		return "null"
	case "!!bool":
		return n.Value
	case "!!int", "!!float":
		return "a number"
	}
	return "text"
}

// Deref returns the node, or what it stands for if it is an alias.
func (n *Node) Deref() *Node {
	for n.Kind == Alias {
		n = n.Alias
	}
	return n
}

// Get returns the value of a key of a mapping, or nil. If a key is there twice, the
// first one counts.
func (n *Node) Get(key string) *Node {
	if n.Kind != Mapping {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Deref(); k.Kind == Scalar && k.Value == key && !k.IsNull() {
			return n.Content[i+1].Deref()
		}
	}
	return nil
}
