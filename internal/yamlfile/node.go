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

// Style is a set of flags for the way a node is written.
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
	context
	body int32 // from Start to the beginning of a scalar, after its anchor and tag
	// Tag is the explicit tag in its short form, such as !!str. It is empty if the
	// value determines the tag; see [Node.ShortTag].
	Tag string
	// Value is the text of a scalar, or the anchor name of an alias.
	Value string
	// Anchor is the name of the node's own anchor.
	Anchor string
	// Alias is the target of an alias, which may contain the alias.
	Alias *Node
	// Content has the items of a sequence, or the alternating keys and values of a
	// mapping.
	Content []*Node
	// Start is the position of the node, including its anchor and tag. It is
	// invalid for nodes that were not parsed.
	Start diag.Pos
	// End is the position after the node: after the last item or the closing
	// bracket.
	End diag.Pos
	// HeadComment and LineComment are comments above and after the node. [Encode]
	// writes them; parsing drops comments.
	HeadComment, LineComment string
}

// Null is the tag of null.
const Null = "!!null"

// Text returns a scalar with the given text, quoted if necessary.
func Text(text string) *Node {
	var n yaml.Node
	n.SetString(text)
	out := &Node{Kind: Scalar, Tag: n.Tag, Value: n.Value}
	if n.Style == yaml.LiteralStyle {
		out.Style = Literal
	}
	return out
}

// ScalarOf returns a scalar for a string, number, time or bool.
func ScalarOf(v any) (*Node, error) {
	var n yaml.Node
	err := n.Encode(v)
	return &Node{Kind: Scalar, Tag: n.Tag, Value: n.Value}, err
}

// Range returns the range of the node in its file.
func (n *Node) Range() diag.Span { return diag.Span{Start: n.Start, End: n.End} }

// ShortTag returns the explicit tag or else the tag of the value according to YAML
// 1.2, with !!timestamp for times and !!merge for the key <<. An alias has the tag
// of its target.
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

// quotedStyles are the styles of scalars that are always text.
const quotedStyles = DoubleQuoted | SingleQuoted | Literal | Folded

// IsNull reports whether the node is null.
func (n *Node) IsNull() bool {
	return n.Kind == Scalar && (n.Tag == Null || n.Tag == "" && n.Style&quotedStyles == 0 && isNull(n.Value))
}

// Describe describes the node for messages: a mapping, a list, an alias, null, text,
// a number, or the value true or false.
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

// Deref returns the target of an alias, and any other node itself.
func (n *Node) Deref() *Node {
	for n.Kind == Alias {
		n = n.Alias
	}
	return n
}

// Get returns the value of a key of a mapping, or nil. For duplicate keys it returns
// the first value.
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
