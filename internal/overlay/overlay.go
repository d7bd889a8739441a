// Package overlay puts YAML values over others.
package overlay

import (
	"slices"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Put returns a mapping with the values of another in place, those in mappings one
// by one; null takes a mapping away. What else is no mapping takes the place of what
// was there: so does null, which says that there is no value. Neither of the two
// changes. There are no aliases in them.
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
	taken := false
	for i := 0; i+1 < len(values.Content); i += 2 {
		key, value := values.Content[i], values.Content[i+1]
		switch old, found := at[key.Value]; {
		case found && value.IsNull() && out.Content[old+1].Kind == yamlfile.Mapping:
			out.Content[old], out.Content[old+1], taken = nil, nil, true
			delete(at, key.Value)
		case found:
			if value.Kind != yamlfile.Mapping { // the place is where it is said
				out.Content[old] = key
			}
			out.Content[old+1] = Put(value, out.Content[old+1])
		default:
			out.Content = append(out.Content, key, value)
		}
	}
	if taken {
		out.Content = slices.DeleteFunc(out.Content, func(n *yamlfile.Node) bool { return n == nil })
	}
	return &out
}
