package rulesfile

import (
	"slices"
	"sort"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// change is a change of a list, a mapping or a scalar.
type change struct {
	Value
	// In the content of a list or a mapping, the nodes from at up to, but not including,
	// end become inserted.
	at, end  int
	inserted []*yamlfile.Node
	// scalar is what a scalar becomes.
	scalar *yamlfile.Node
}

// replace returns the edits that make the change by replacing some bytes of the file's
// text. It parses the result and returns an error if that is not what the change wants.
func (c *change) replace(start, end int, text string) ([]diag.Edit, error) {
	if c.file.docs == nil || !c.holdsNearby(start, end, text) && !c.holds(start, end, text) {
		return nil, c.errorf("the change cannot be written here")
	}
	return c.file.replace(start, end, text)
}

// holds reports whether the text has the wanted content after some bytes are replaced. It
// parses all of the text.
func (c *change) holds(start, end int, text string) bool {
	changed := c.file
	if !changed.HasText() { // it is YAML of the parent
		changed = changed.parent
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

// isWanted reports whether got is what the change wants to make of old.
func (c *change) isWanted(old, got *yamlfile.Node) bool {
	if old == c.node && c.scalar != nil {
		old = c.scalar
	}
	if old.Kind != got.Kind || old.Anchor != got.Anchor {
		return false
	}
	if old.Kind == yamlfile.Alias || old.Kind == yamlfile.Scalar {
		return old.Value == got.Value && old.IsNull() == got.IsNull()
	}
	if old != c.node {
		return slices.EqualFunc(old.Content, got.Content, c.isWanted)
	}
	return c.areWanted(0, len(old.Content), got.Content)
}

// areWanted is like isWanted for the content of the list or the mapping from index from up
// to, but not including, to.
func (c *change) areWanted(from, to int, got []*yamlfile.Node) bool {
	before, after := c.node.Content[from:c.at], c.node.Content[c.end:to]
	if len(got) != len(before)+len(c.inserted)+len(after) {
		return false
	}
	end := len(got) - len(after)
	return slices.EqualFunc(before, got[:len(before)], c.isWanted) &&
		slices.EqualFunc(c.inserted, got[len(before):end], c.isWanted) &&
		slices.EqualFunc(after, got[end:], c.isWanted)
}

// holdsNearby reports whether the text has the wanted content after some bytes of a list or a
// mapping are replaced. It parses only the lines, or the text in brackets, from the part
// before the change to the one after it, so that the time for many changes is linear. It
// returns false if this does not show that the change holds.
func (c *change) holdsNearby(start, end int, text string) bool {
	if c.scalar != nil || c.file.breaks() == mixed || c.Len() == 0 || !c.isApart() || slices.ContainsFunc(c.node.Content[c.at:c.end], hasAnchors) || slices.ContainsFunc(c.inserted, hasAnchors) {
		return false
	}
	size := 1 // nodes of a part
	if c.IsMapping() {
		size = 2
	}
	first := max(0, c.at/size-1)
	last := min(c.Len(), c.end/size+1)
	e, ok := c.excerpt(first, last, start, end)
	if !ok || start < e.from || end > e.to {
		return false
	}
	f := c.file
	none := change{Value: c.Value, at: last * size, end: last * size}
	return none.isPart(first*size, last*size, e.opening+f.text[e.from:e.to]+e.closing) &&
		c.isPart(first*size, last*size, e.opening+f.text[e.from:start]+text+f.text[end:e.to]+e.closing)
}

// isPart reports whether a text is a list or a mapping with the content from index from up
// to, but not including, to, as the change wants it.
func (c *change) isPart(from, to int, text string) bool {
	docs, err := yamlfile.ParsePart(text)
	if err != nil || len(docs) != 1 {
		return false
	}
	got := docs[0]
	return got.Kind == c.node.Kind && got.Style&yamlfile.Flow == c.node.Style&yamlfile.Flow && c.areWanted(from, to, got.Content)
}

// excerpt is text[from:to], which can be parsed alone between opening and closing.
type excerpt struct {
	from, to         int
	opening, closing string
}

// excerpt returns the text of some parts of a list or a mapping. In block style, it includes
// the lines above from start on, and those below up to end. It returns false if the text
// cannot be parsed alone.
func (v Value) excerpt(first, last, start, end int) (excerpt, bool) {
	f := v.file
	e := excerpt{from: v.partAt(first).start, to: v.node.End.Offset}
	if v.isFlow() {
		body := v.bodyStart()
		if f.text[body] != '[' && f.text[body] != '{' {
			return e, false // a pair in a list
		}
		e.opening, e.closing = f.text[body:body+1], f.text[e.to-1:e.to]
		if first == 0 {
			e.from = body + 1
		}
		if e.to--; last < v.Len() {
			e.to = v.partAt(last).start
		}
		return e, true
	}
	line := f.lineStart(e.from)
	if f.isFirst(e.from) {
		e.from = min(line, f.lineStart(start))
	} else { // after a dash, for example
		e.opening = strings.Repeat(" ", e.from-line)
	}
	if last < v.Len() {
		next := v.partAt(last).start
		e.to = f.lineStart(next)
		return e, f.isFirst(next)
	}
	e.to = max(v.partAt(last-1).end, end)
	if f.lineStart(e.to) != e.to {
		e.to = f.nextLine(e.to)
	}
	next := f.skipSpace(e.to) // a block scalar can include blanks and comments
	if next < len(f.text) {
		next = max(e.to, f.lineStart(next))
	}
	ok := next-e.to <= nearby
	e.to = next
	return e, ok
}

// around returns the list or the mapping that contains a node, and the index of the node in
// its content. It returns false for the root of a document, and if an alias can refer to the
// node or to a value that contains it.
func (f *File) around(n *yamlfile.Node) (in Value, index int, ok bool) {
	at, root := n.Start.Offset, f.rootAt(n)
	if root == nil || n.Anchor != "" {
		return Value{}, 0, false
	}
	for outer := root; outer.Anchor == ""; outer = outer.Content[index] {
		index = sort.Search(len(outer.Content), func(i int) bool { return outer.Content[i].Start.Offset > at }) - 1
		switch {
		case index < 0:
			return Value{}, 0, false
		case outer.Content[index] == n:
			return Value{f, outer}, index, true
		}
	}
	return Value{}, 0, false
}

// rootAt returns the root of the document in which a node is, or nil.
func (f *File) rootAt(n *yamlfile.Node) *yamlfile.Node {
	i := sort.Search(len(f.docs), func(i int) bool { return f.docs[i].node.Start.Offset > n.Start.Offset }) - 1
	if i < 0 {
		return nil
	}
	return f.docs[i].node
}

// isApart reports whether the parts of a list or a mapping can be parsed without the rest of
// the file: they are indented more than the parts of the value around it, and no alias refers
// to them.
func (v Value) isApart() bool {
	if v.file.rootAt(v.node) == v.node {
		return v.node.Anchor == ""
	}
	in, index, ok := v.file.around(v.node)
	if !ok || v.isFlow() {
		return ok
	}
	if in.IsMapping() {
		index /= 2
	}
	column, outer := v.column(), in.partAt(index).column
	return column > outer || column == outer && v.IsList() && in.IsMapping()
}

// hasAnchors reports whether there are anchors or aliases in a node.
func hasAnchors(n *yamlfile.Node) bool {
	return n.Anchor != "" || n.Kind == yamlfile.Alias || slices.ContainsFunc(n.Content, hasAnchors)
}
