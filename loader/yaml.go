package loader

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits of what a file's aliases may stand for, so that no small file can take
// all time.
const (
	maxAliased = 200_000 // nodes, and kilobytes of text, beyond those that are written
	maxDepth   = 5_000   // aliases included; what is written nests 500 deep at most
)

// documents reads the YAML of a file. The error is what stopped it, the nodes
// what came before.
func (s *source) documents() ([]*yamlfile.Node, *diag.Diagnostic) {
	docs, nulls, err := yamlfile.Parse(s.text)
	if err != nil {
		return nil, err
	}
	s.nulls = nulls
	nodes := nodeCounter{sizes: map[*yamlfile.Node]int{}}
	for i, root := range docs {
		if n, ok := nodes.count(root, 0); !ok {
			msg := fmt.Sprintf("its aliases stand for more than %d values", maxAliased)
			if nodes.sizes[n] == 0 {
				msg = "here is an alias for something that it is a part of"
			}
			return docs[:i], &diag.Diagnostic{Message: msg, Range: diag.Range{Start: n.Start}}
		}
	}
	return docs, nil
}

// nodeCounter counts nodes.
type nodeCounter struct {
	// sizes has what each node stands for, 0 while it is counted: a node that
	// an alias inside it stands for.
	sizes map[*yamlfile.Node]int
	// aliased counts what aliases stand for, in all documents.
	aliased int
}

// count returns false and the node at which the limits are passed. As what an
// alias stands for is counted once and remembered, it is quick.
func (c *nodeCounter) count(n *yamlfile.Node, depth int) (*yamlfile.Node, bool) {
	if depth > maxDepth {
		return n, false
	}
	if size, known := c.sizes[n]; known {
		return n, size > 0
	}
	if n.Kind == yamlfile.Scalar {
		return n, true // counted by what it stands in
	}
	c.sizes[n] = 0
	size := 1
	kids := n.Content
	if n.Kind == yamlfile.Alias {
		kids = []*yamlfile.Node{n.Alias}
	}
	for _, kid := range kids {
		if bad, ok := c.count(kid, depth+1); !ok {
			return bad, false
		}
		size += max(1, c.sizes[kid]) + len(kid.Value)>>10
	}
	c.sizes[n] = size
	if n.Kind == yamlfile.Alias {
		c.aliased += size
	}
	return n, c.aliased <= maxAliased
}

// value returns the value of a key of a mapping, or nil. Of equal keys the
// first counts, as in Falco.
func value(n *yamlfile.Node, key string) *yamlfile.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := deref(n.Content[i]); k.Kind == yamlfile.Scalar && k.Value == key && !isNull(k) {
			return deref(n.Content[i+1])
		}
	}
	return nil
}

// keyNode returns the key itself, or nil.
func keyNode(n *yamlfile.Node, key string) *yamlfile.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; deref(k).Kind == yamlfile.Scalar && deref(k).Value == key {
			return k
		}
	}
	return nil
}

// keys gives the keys of a mapping as texts, and what of them is a text.
func keys(n *yamlfile.Node) []*yamlfile.Node {
	var out []*yamlfile.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, deref(n.Content[i]))
	}
	return out
}

// deref returns what an alias stands for.
func deref(n *yamlfile.Node) *yamlfile.Node {
	for n.Kind == yamlfile.Alias {
		n = n.Alias
	}
	return n
}

// isNull reports whether a node is null. What has a tag is not, to Falco.
func isNull(n *yamlfile.Node) bool { return n.Tag == yamlfile.Null }

func kindName(n *yamlfile.Node) string {
	switch n.Kind {
	case yamlfile.Mapping:
		return "a mapping"
	case yamlfile.Sequence:
		return "a sequence"
	}
	if isNull(n) {
		return "null"
	}
	return "a text"
}
