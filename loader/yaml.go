package loader

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/falcoyaml"
)

// Limits of what a file's aliases may stand for, so that no small file can take
// all time.
const (
	maxAliased = 200_000 // nodes, and kilobytes of text, beyond those that are written
	maxDepth   = 5_000   // aliases included; what is written nests 500 deep at most
)

// documents reads the YAML of a file. The error is what stopped it, the nodes
// what came before.
func (s *source) documents() ([]*yaml.Node, *falcoyaml.Error) {
	docs, nulls, err := falcoyaml.Parse(s.text)
	if err != nil {
		return nil, err
	}
	s.nulls = nulls
	nodes := nodeCounter{sizes: map[*yaml.Node]int{}}
	for i, root := range docs {
		if n, ok := nodes.count(root, 0); !ok {
			msg := fmt.Sprintf("its aliases stand for more than %d values", maxAliased)
			if nodes.sizes[n] == 0 {
				msg = "here is an alias for something that it is a part of"
			}
			l := s.step("", "", n)
			return docs[:i], &falcoyaml.Error{Place: falcoyaml.Place{Line: l.Line, Column: l.Column, Offset: l.Offset}, Message: msg}
		}
	}
	return docs, nil
}

// nodeCounter counts nodes.
type nodeCounter struct {
	// sizes has what each node stands for, 0 while it is counted: a node that
	// an alias inside it stands for.
	sizes map[*yaml.Node]int
	// aliased counts what aliases stand for, in all documents.
	aliased int
}

// count returns false and the node at which the limits are passed. As what an
// alias stands for is counted once and remembered, it is quick.
func (c *nodeCounter) count(n *yaml.Node, depth int) (*yaml.Node, bool) {
	if depth > maxDepth {
		return n, false
	}
	if size, known := c.sizes[n]; known {
		return n, size > 0
	}
	if n.Kind == yaml.ScalarNode {
		return n, true // counted by what it stands in
	}
	c.sizes[n] = 0
	size := 1
	kids := n.Content
	if n.Kind == yaml.AliasNode {
		kids = []*yaml.Node{n.Alias}
	}
	for _, kid := range kids {
		if bad, ok := c.count(kid, depth+1); !ok {
			return bad, false
		}
		size += max(1, c.sizes[kid]) + len(kid.Value)>>10
	}
	c.sizes[n] = size
	if n.Kind == yaml.AliasNode {
		c.aliased += size
	}
	return n, c.aliased <= maxAliased
}

// value returns the value of a key of a mapping, or nil. Of equal keys the
// first counts, as in Falco.
func value(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := deref(n.Content[i]); k.Kind == yaml.ScalarNode && k.Value == key && !isNull(k) {
			return deref(n.Content[i+1])
		}
	}
	return nil
}

// keyNode returns the key itself, or nil.
func keyNode(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; deref(k).Kind == yaml.ScalarNode && deref(k).Value == key {
			return k
		}
	}
	return nil
}

// keys gives the keys of a mapping as texts, and what of them is a text.
func keys(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, deref(n.Content[i]))
	}
	return out
}

// deref returns what an alias stands for.
func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// isNull reports whether a node is null. What has a tag is not, to Falco.
func isNull(n *yaml.Node) bool { return n.Tag == falcoyaml.Null }

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a sequence"
	}
	if isNull(n) {
		return "null"
	}
	return "a text"
}
