package loader

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/filename"
)

// unwrap returns the rules files that lie in a Kubernetes ConfigMap, in a List
// of them, or under customRules in the values of Falco's Helm chart; the texts
// become files named after the file and their key. What is no such thing stays
// with the file itself.
func unwrap(f *input) []*input {
	var inner []*input
	rest := f.docs[:0:0]
	for _, root := range f.docs {
		found := f.wrapped(root)
		inner = append(inner, found...)
		if len(found) == 0 && !isManifest(root) {
			rest = append(rest, root)
		}
	}
	if len(inner) == 0 {
		return []*input{f}
	}
	seen := map[string]int{}
	for _, in := range inner {
		if seen[in.src.name]++; seen[in.src.name] > 1 {
			in.src.name += fmt.Sprintf("(%d)", seen[in.src.name])
		}
	}
	for _, in := range inner {
		f.src.inner = append(f.src.inner, in.src)
	}
	slices.SortStableFunc(f.src.inner, func(a, b *source) int { return a.begin.compare(b.begin) })
	if f.docs = rest; len(rest) > 0 || f.err != nil {
		inner = append([]*input{f}, inner...)
	}
	return inner
}

// wrapped returns the rules files in one document.
func (f *input) wrapped(root *yaml.Node) []*input {
	if root.Kind != yaml.MappingNode {
		return nil
	}
	if kind := value(root, "kind"); kind != nil {
		switch items := value(root, "items"); {
		case kind.Value == "ConfigMap":
			return f.texts(value(root, "data"))
		case kind.Value == "List" && items != nil && items.Kind == yaml.SequenceNode:
			var all []*input
			for _, item := range items.Content {
				all = append(all, f.wrapped(deref(item))...)
			}
			return all
		}
		return nil
	}
	return f.texts(value(root, "customRules"))
}

// isManifest reports whether a document is an object of Kubernetes, as a stream
// of them has many that have no rules.
func isManifest(root *yaml.Node) bool {
	return root.Kind == yaml.MappingNode && value(root, "kind") != nil && value(root, "apiVersion") != nil
}

// texts returns the values of a mapping whose keys name YAML files.
func (f *input) texts(data *yaml.Node) []*input {
	if data == nil || data.Kind != yaml.MappingNode {
		return nil
	}
	var out []*input
	for i := 0; i+1 < len(data.Content); i += 2 {
		key, v := deref(data.Content[i]), deref(data.Content[i+1])
		if v.Kind != yaml.ScalarNode || isNull(v) || !filename.IsYAML(key.Value) {
			continue
		}
		src := newSource(f.src.name+"#"+key.Value, v.Value)
		src.outer = &scalar{f.src, v}
		src.cursors = src.outer.cursors(src.starts)
		src.begin, src.end = src.outer.position(0), src.outer.position(len(v.Value))
		in := &input{src: src, context: f.context}
		in.docs, in.err = src.documents()
		if len(in.docs) > 0 && in.docs[0].Kind == yaml.MappingNode && !isItem(in.docs[0]) {
			continue // something else, such as falco.yaml
		}
		out = append(out, in)
	}
	return out
}

// isItem reports whether a mapping is an item of a rules file.
func isItem(n *yaml.Node) bool {
	return slices.ContainsFunc(kinds, func(k kind) bool { return value(n, k.name) != nil })
}
