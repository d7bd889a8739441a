package rulesfile

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// AddKey returns the edits that add a key to the end of a mapping. The value is YAML text
// without extra indentation: a list, a mapping or a scalar. Pass arbitrary text through
// [Quote].
func (v Value) AddKey(name, value string) ([]diag.Edit, error) {
	if !v.Exists() || !v.IsMapping() {
		return nil, v.errorf("a key can be added only to a mapping")
	}
	if v.Pair(name).Key.Exists() {
		return nil, v.errorf("key %q already exists", name)
	}
	b, err := newBlock(value)
	if err != nil {
		return nil, err
	}
	key := Quote(name)
	size := len(v.node.Content)
	c := change{Value: v, at: size, end: size, inserted: []*yamlfile.Node{yamlfile.Text(name), b.node}}
	if v.isFlow() {
		return c.insertInBrackets(v.Len(), key+": "+b.text)
	}
	column := v.column()
	return c.insertAfter(v.partAt(v.Len()-1), column, "", key+":"+b.afterKey(column, v.file.eol()))
}

// Set returns the edits that replace the value of a key. The value is YAML, as for
// [Value.AddKey]. Comments inside the old value are removed; others stay.
func (p Pair) Set(value string) ([]diag.Edit, error) {
	if !p.Key.Exists() {
		return nil, errNoKey
	}
	b, err := newBlock(value)
	if err != nil {
		return nil, err
	}
	c := change{Value: p.mapping, at: 2*p.index + 1, end: 2*p.index + 2, inserted: []*yamlfile.Node{b.node}}
	f := p.mapping.file
	key, old := p.nodes()
	colon := f.skipSpace(key.End.Offset)
	if p.isExplicit() || !strings.HasPrefix(f.text[min(colon, len(f.text)):], ":") {
		return nil, p.Key.errorf("the key is not followed by a colon")
	}
	if p.mapping.isFlow() {
		return c.replace(colon+1, max(colon+1, old.End.Offset), " "+b.text)
	}
	// Comments after the key and after the value end up in the first line.
	comments := f.commentsOn(colon, f.lineEnd(colon))
	end := max(colon+1, old.End.Offset)
	if f.lineStart(end) > colon {
		comments = append(comments, f.commentsOn(end, f.lineEnd(end))...)
	}
	if len(comments) > 0 && comments[len(comments)-1].Start.Offset >= end {
		end = comments[len(comments)-1].End.Offset
	}
	for _, comment := range comments {
		b.comments += " " + f.text[comment.Start.Offset:comment.End.Offset]
	}
	return c.replace(colon+1, end, b.afterKey(p.mapping.column(), f.eol()))
}

// Delete returns the edits that delete the key, its value, and its comments.
func (p Pair) Delete() ([]diag.Edit, error) {
	if !p.Key.Exists() {
		return nil, errNoKey
	}
	v := p.mapping
	if v.Len() == 1 {
		return nil, p.Key.errorf("the only key of a mapping cannot be deleted")
	}
	c := change{Value: v, at: 2 * p.index, end: 2*p.index + 2}
	if v.isFlow() {
		return c.deleteInBrackets(p.index)
	}
	if p.isExplicit() {
		return nil, p.Key.errorf("a key that is written with a question mark cannot be deleted")
	}
	return c.deleteLines(p.index)
}

// SortKeys returns the edits that sort the keys of a mapping in block style by their rank.
// Keys with the same rank keep their order. Comments move along with their keys.
func (v Value) SortKeys(rank func(key string) int) ([]diag.Edit, error) {
	if !v.Exists() || !v.IsMapping() || v.isFlow() {
		return nil, v.errorf("only the keys of a mapping in block style can be sorted")
	}
	f, n := v.file, v.Len()
	starts := make([]int, n+1)
	for i := range n {
		starts[i] = f.lineStart(f.headStart(v.partAt(i).start))
	}
	first, last := v.partAt(0), v.partAt(n-1)
	starts[0], starts[n] = first.start, f.nextLine(f.lineEnd(last.end))
	type key struct {
		rank  int
		lines string
		nodes []*yamlfile.Node
	}
	keys := make([]key, n)
	for i := range n {
		nodes := v.node.Content[2*i : 2*i+2]
		keys[i] = key{rank(nodes[0].Value), f.text[starts[i]:starts[i+1]], nodes}
		if i == 0 {
			keys[i].lines = strings.Repeat(" ", first.column) + keys[i].lines
		}
		if !strings.HasSuffix(keys[i].lines, "\n") {
			keys[i].lines += f.eol()
		}
	}
	slices.SortStableFunc(keys, func(a, b key) int { return cmp.Compare(a.rank, b.rank) })
	c := change{Value: v, end: 2 * n}
	var text strings.Builder
	for _, k := range keys {
		c.inserted = append(c.inserted, k.nodes...)
		text.WriteString(k.lines)
	}
	sorted, ok := strings.CutPrefix(text.String(), strings.Repeat(" ", first.column))
	if !ok || strings.HasPrefix(sorted, "#") || strings.HasPrefix(sorted, " ") {
		return nil, v.errorf("a comment above the new first key cannot be on the line of the dash")
	}
	if !strings.HasSuffix(f.text[:starts[n]], "\n") {
		sorted = strings.TrimSuffix(sorted, f.eol())
	}
	return c.replace(starts[0], starts[n], sorted)
}

// errNoKey reports an edit of the Pair that Value.Pair returns for a missing key.
var errNoKey = errors.New("there is no such key")

// InsertEntry returns the edits that insert an entry into a list, before the entry with
// the given index, or at the end if index is the length of the list. The entry is YAML,
// as for [Value.AddKey].
func (v Value) InsertEntry(index int, entry string) ([]diag.Edit, error) {
	if !v.Exists() || !v.IsList() || index < 0 || index > v.Len() {
		return nil, v.errorf("an entry cannot be inserted at index %d: not a list, or the list is too short", index)
	}
	b, err := newBlock(entry)
	if err != nil {
		return nil, err
	}
	c := change{Value: v, at: index, end: index, inserted: []*yamlfile.Node{b.node}}
	if v.isFlow() {
		return c.insertInBrackets(index, b.text)
	}
	f, column := v.file, v.column()
	written := "-" + b.afterDash(column, f.eol())
	if index == v.Len() {
		return c.insertAfter(v.partAt(index-1), column, v.separator(), written)
	}
	at := v.partAt(index).start
	if f.isFirst(at) {
		at = f.lineStart(f.headStart(at))
		return c.replace(at, at, strings.Repeat(" ", column)+written+f.eol()+v.separator())
	}
	return c.replace(at, at, written+f.eol()+strings.Repeat(" ", column)) // after another dash
}

// SetEntry returns the edits that replace an entry of a list. The entry is YAML, as for
// [Value.AddKey].
func (v Value) SetEntry(index int, entry string) ([]diag.Edit, error) {
	if !v.Exists() || !v.IsList() || index < 0 || index >= v.Len() {
		return nil, v.errorf("the list has no entry %d", index)
	}
	b, err := newBlock(entry)
	if err != nil {
		return nil, err
	}
	c := change{Value: v, at: index, end: index + 1, inserted: []*yamlfile.Node{b.node}}
	part := v.partAt(index)
	if v.isFlow() {
		return c.replace(part.start, part.end, b.text)
	}
	f := v.file
	comments := f.commentsOn(part.end, f.lineEnd(part.end))
	if len(comments) > 0 {
		part.end = comments[0].End.Offset
		b.comments = " " + f.text[comments[0].Start.Offset:comments[0].End.Offset]
	}
	return c.replace(part.start+1, part.end, b.afterDash(v.column(), f.eol()))
}

// DeleteEntry returns the edits that delete an entry of a list and its comments. It
// returns an error for the only entry of a list in block style, because no list would be
// left.
func (v Value) DeleteEntry(index int) ([]diag.Edit, error) {
	if !v.Exists() || !v.IsList() || index < 0 || index >= v.Len() {
		return nil, v.errorf("the list has no entry %d", index)
	}
	c := change{Value: v, at: index, end: index + 1}
	if v.isFlow() {
		return c.deleteInBrackets(index)
	}
	if v.Len() == 1 {
		return nil, v.errorf("the only entry of a list cannot be deleted: set the list to []")
	}
	return c.deleteLines(index)
}

// Delete returns the edits that delete the item and its comments.
func (it *Item) Delete() ([]diag.Edit, error) { return it.list.DeleteEntry(it.index) }

// Set returns the edits that replace the item. The entry is YAML, as for [Value.AddKey].
// Comments inside the item are removed.
func (it *Item) Set(entry string) ([]diag.Edit, error) { return it.list.SetEntry(it.index, entry) }
