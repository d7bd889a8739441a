// Package overlay merges YAML mappings.
package overlay

import (
	"slices"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Put returns a copy of mapping with values merged into it. Nested mappings are
// merged key by key. A null removes a mapping; any other value, null included,
// replaces the old one. Both arguments must be free of aliases and stay unchanged.
func Put(values, mapping *yamlfile.Node) *yamlfile.Node {
	if values.Kind != yamlfile.Mapping || mapping.Kind != yamlfile.Mapping {
		return values
	}
	out := *mapping
	out.Content = slices.Clone(mapping.Content)
	at := make(map[string]int, len(out.Content)/2)
	for i := 0; i+1 < len(out.Content); i += 2 {
		at[out.Content[i].Value] = i
	}
	removed := false
	for i := 0; i+1 < len(values.Content); i += 2 {
		key, value := values.Content[i], values.Content[i+1]
		switch old, found := at[key.Value]; {
		case found && value.IsNull() && out.Content[old+1].Kind == yamlfile.Mapping:
			out.Content[old], out.Content[old+1], removed = nil, nil, true
			delete(at, key.Value)
		case found:
			if value.Kind != yamlfile.Mapping { // errors about the value need the position of its key
				out.Content[old] = key
			}
			out.Content[old+1] = Put(value, out.Content[old+1])
		default:
			out.Content = append(out.Content, key, value)
		}
	}
	if removed {
		out.Content = slices.DeleteFunc(out.Content, func(n *yamlfile.Node) bool { return n == nil })
	}
	return &out
}
