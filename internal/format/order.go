package format

import (
	"cmp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// keyOrder has the keys of items in the order of Falco's style guide. Other keys come
// after them in any order, and override is the last.
var keyOrder = []string{"list", "macro", "rule", "desc", "condition", "items", "output", "priority", "tags"}

func rank(key string) int {
	i := slices.Index(keyOrder, key)
	switch {
	case i >= 0:
		return i
	case key == "override":
		return len(keyOrder) + 1
	}
	return len(keyOrder)
}

// entry is a key and its value. Above has the comments and blank lines above the key and
// the blanks in front of it, text is all from the key to the end of the last line.
type entry struct {
	rank        int
	above, text string
}

// order sorts the keys of an item.
func (f *file) order(item *yamlfile.Node) {
	entries, ok := f.entries(item)
	if !ok || slices.IsSortedFunc(entries, byRank) {
		return
	}
	entries[0].above = strings.Repeat(" ", item.Start.Column-1)
	slices.SortStableFunc(entries, byRank)
	if strings.Trim(entries[0].above, " ") != "" {
		return // there are comments that cannot be in the line of the dash
	}
	var out strings.Builder
	out.WriteString(entries[0].text)
	for _, e := range entries[1:] {
		out.WriteString(f.eol + e.above + e.text)
	}
	f.replace(item.Start.Offset, f.lineEnd(item.End.Offset), out.String())
}

func byRank(a, b entry) int { return cmp.Compare(a.rank, b.rank) }

// entries returns the keys of an item and their values. It returns false if they cannot
// change places.
func (f *file) entries(item *yamlfile.Node) ([]entry, bool) {
	var entries []entry
	at, block := item.Start.Offset, false
	for i := 0; i+1 < len(item.Content); i += 2 {
		key, value := item.Content[i], item.Content[i+1]
		start, end := key.Start.Offset, f.lineEnd(value.End.Offset)
		if at > start || key.Kind != yamlfile.Scalar || key.IsNull() || key.Start.Column != item.Start.Column || hasAnchors(key) || hasAnchors(value) {
			return nil, false
		}
		above := f.text[at:start]
		if i == 0 && above != "" { // a question mark, an anchor or a tag
			return nil, false
		}
		if isIndented(above, item.Start.Column) { // it would become a part of a block scalar
			return nil, false
		}
		if isBlock(value) {
			block = true
			if indicators, _, _ := header(f.source(value)); strings.Contains(indicators, "+") {
				return nil, false // empty lines after it are a part of it
			}
		}
		entries = append(entries, entry{rank(key.Value), above, f.text[start:end]})
		at = end
		if strings.HasPrefix(f.text[end:], f.eol) {
			at += len(f.eol)
		} else if end < len(f.text) || block {
			return nil, false // a block scalar would get a line ending
		}
	}
	return entries, true
}

// isIndented reports whether a line of text other than the last has more blanks in front
// than a column allows.
func isIndented(text string, column int) bool {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines[:max(0, len(lines)-1)] {
		if len(line)-len(strings.TrimLeft(line, " ")) >= column {
			return true
		}
	}
	return false
}

// hasAnchors reports whether there are anchors or aliases in a node.
func hasAnchors(n *yamlfile.Node) bool {
	return n.Anchor != "" || n.Kind == yamlfile.Alias || slices.ContainsFunc(n.Content, hasAnchors)
}
