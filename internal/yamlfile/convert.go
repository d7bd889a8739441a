package yamlfile

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

var styles = map[Style]yaml.Style{
	Tagged: yaml.TaggedStyle, DoubleQuoted: yaml.DoubleQuotedStyle, SingleQuoted: yaml.SingleQuotedStyle,
	Literal: yaml.LiteralStyle, Folded: yaml.FoldedStyle, Flow: yaml.FlowStyle,
}

var kinds = map[Kind]yaml.Kind{
	Scalar: yaml.ScalarNode, Sequence: yaml.SequenceNode, Mapping: yaml.MappingNode, Alias: yaml.AliasNode,
}

// converter converts nodes to those of package yaml.
type converter map[*Node]*yaml.Node

func (c converter) node(n *Node) *yaml.Node {
	if n == nil {
		return nil
	}
	if out := c[n]; out != nil {
		return out
	}
	out := &yaml.Node{
		Kind: kinds[n.Kind], Tag: n.Tag, Value: n.Value, Anchor: n.Anchor,
		Line: n.Start.Line, Column: n.Start.Column, HeadComment: n.HeadComment, LineComment: n.LineComment,
	}
	c[n] = out
	for ours, theirs := range styles {
		if n.Style&ours != 0 {
			out.Style |= theirs
		}
	}
	out.Alias = c.node(n.Alias)
	for _, child := range n.Content {
		out.Content = append(out.Content, c.node(child))
	}
	return out
}

// Decode decodes the node into v like package yaml.
func (n *Node) Decode(v any) error { return converter{}.node(n).Decode(v) }

// Encode returns a YAML document with the node.
func Encode(n *Node) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(converter{}.node(n)); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}
