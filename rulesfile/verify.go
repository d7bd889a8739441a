package rulesfile

import (
	"slices"
	"sort"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// replace returns the edits that make the change by replacing some bytes of the file's
// text. It parses the result and returns an error if that is not what the change wants.
func (c *change) replace(start, end int, text string) ([]diag.Edit, error) {
	if c.file.docs == nil || !c.holds(start, end, text) {
		return nil, c.errorf("the change cannot be written here")
	}
	return c.file.replace(start, end, text)
}

// holds reports whether the text has the wanted content after some bytes are replaced.
func (c *change) holds(start, end int, text string) bool {
	f := c.file
	if item, from, to, ok := c.item(); ok && from <= start && end <= to {
		docs, _, err := yamlfile.Parse(f.text[from:start] + text + f.text[end:to])
		return err == nil && len(docs) == 1 && len(docs[0].Content) == 1 && c.isWanted(item, docs[0].Content[0])
	}
	changed := f
	if !f.HasText() { // it is YAML of the parent
		changed = f.parent
	}
	docs, _, err := yamlfile.Parse(changed.text[:start] + text + changed.text[end:])
	if err != nil || len(docs) != len(changed.docs) {
		return false
	}
	for i, d := range changed.docs {
		if !c.isWanted(d.root, docs[i]) {
			return false
		}
	}
	n, err := yamlfile.CheckAliases(docs)
	return err == nil && n == len(docs)
}

// item returns the entry of a document that contains the change, and its lines, which can
// be parsed alone. ok is false if they cannot, or if the change is to the document
// itself.
func (c *change) item() (item *yamlfile.Node, from, to int, ok bool) {
	f := c.file
	if strings.Count(f.text, "\r") != strings.Count(f.text, "\r\n") {
		return nil, 0, 0, false // the first line break decides how lines are counted
	}
	at := c.node.Start.Offset
	for k, d := range f.docs {
		if d.node == c.node || !d.IsList() || d.isFlow() || at < d.node.Start.Offset || at > d.node.End.Offset {
			continue
		}
		entries := d.node.Content
		i := sort.Search(len(entries), func(i int) bool { return entries[i].Start.Offset > at }) - 1
		if i < 0 || hasAnchors(entries[i]) {
			return nil, 0, 0, false
		}
		p := d.partAt(i)
		from, to = f.lineStart(p.start), len(f.text)
		switch {
		case !f.isFirst(p.start) || f.parent != nil && !f.HasText():
			return nil, 0, 0, false
		case p.next >= 0:
			to = f.lineStart(p.next)
			return entries[i], from, to, f.isFirst(p.next)
		}
		return entries[i], from, to, k+1 == len(f.docs)
	}
	return nil, 0, 0, false
}

// hasAnchors reports whether there are anchors or aliases in a node.
func hasAnchors(n *yamlfile.Node) bool {
	if n.Anchor != "" || n.Kind == yamlfile.Alias {
		return true
	}
	return slices.ContainsFunc(n.Content, hasAnchors)
}

// isWanted reports whether got is what the change wants to make of old.
func (c *change) isWanted(old, got *yamlfile.Node) bool {
	if old == c.node {
		old = c.changed
	}
	switch {
	case old.Kind != got.Kind || old.Anchor != got.Anchor || len(old.Content) != len(got.Content):
		return false
	case old.Kind == yamlfile.Alias || old.Kind == yamlfile.Scalar:
		return old.Value == got.Value && old.IsNull() == got.IsNull()
	}
	for i, n := range old.Content {
		if !c.isWanted(n, got.Content[i]) {
			return false
		}
	}
	return true
}
