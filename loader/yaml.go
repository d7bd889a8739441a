package loader

import (
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// documents reads the YAML of a file. The error is what stopped it, the nodes
// what came before.
func (s *source) documents() ([]*yamlfile.Node, *diag.Diagnostic) {
	docs, nulls, err := yamlfile.Parse(s.text)
	if err != nil {
		return nil, err
	}
	s.nulls = nulls
	n, err := yamlfile.CheckAliases(docs)
	return docs[:n], err
}

// keyNode returns the key itself, or nil.
func keyNode(n *yamlfile.Node, key string) *yamlfile.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Deref().Kind == yamlfile.Scalar && k.Deref().Value == key {
			return k
		}
	}
	return nil
}

// keys gives the keys of a mapping as texts, and what of them is a text.
func keys(n *yamlfile.Node) []*yamlfile.Node {
	var out []*yamlfile.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, n.Content[i].Deref())
	}
	return out
}
