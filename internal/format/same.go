package format

import (
	"cmp"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// same compares two versions of a file. It returns an error about the first item that
// does not have the same values in both.
func same(before, after []*yamlfile.Node) *diag.Diagnostic {
	for i, doc := range before {
		if i >= len(after) || !sameButContent(doc, after[i]) {
			return different(doc)
		}
		for j, item := range doc.Content {
			if !sameItem(item, after[i].Content[j]) {
				return different(item)
			}
		}
	}
	if len(after) > len(before) {
		return different(after[len(before)])
	}
	return nil
}

// differs is the message about an item that is not as before.
const differs = "the formatted text would have another meaning"

func different(n *yamlfile.Node) *diag.Diagnostic {
	return &diag.Diagnostic{
		Severity: diag.Error, Range: diag.Range{Start: n.Start}, Message: differs,
		Hint: "this is a mistake in falcorules: please report it; until then, leave the file out",
	}
}

// sameItem reports whether two items have the same keys and values, whatever the order
// of their keys and the white space in their conditions.
func sameItem(a, b *yamlfile.Node) bool {
	if a.Kind != yamlfile.Mapping {
		return sameNode(a, b)
	}
	return sameButContent(a, b) && slices.EqualFunc(pairs(a), pairs(b), func(a, b pair) bool {
		return sameNode(a.key, b.key) && (sameNode(a.value, b.value) ||
			a.key.Value == "condition" && a.value.Kind == yamlfile.Scalar && b.value.Kind == yamlfile.Scalar && sameCondition(a.value.Value, b.value.Value))
	})
}

type pair struct{ key, value *yamlfile.Node }

// pairs returns the keys and values of a mapping, sorted by key.
func pairs(n *yamlfile.Node) []pair {
	var out []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, pair{n.Content[i], n.Content[i+1]})
	}
	slices.SortStableFunc(out, func(a, b pair) int { return cmp.Compare(a.key.Value, b.key.Value) })
	return out
}

func sameNode(a, b *yamlfile.Node) bool {
	return sameButContent(a, b) && slices.EqualFunc(a.Content, b.Content, sameNode)
}

func sameButContent(a, b *yamlfile.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && a.Anchor == b.Anchor && a.IsNull() == b.IsNull() &&
		a.Style&yamlfile.Tagged == b.Style&yamlfile.Tagged && len(a.Content) == len(b.Content)
}

func sameCondition(a, b string) bool {
	x, ok1 := parse(a)
	y, ok2 := parse(b)
	return ok1 && ok2 && ast.Equal(x.tree, y.tree) && squeeze(a) == squeeze(b)
}
