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
