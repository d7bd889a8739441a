package rulesfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// block is YAML to insert into a file.
type block struct {
	text string
	node *yamlfile.Node
	// comments go after its first line.
	comments string
}

// newBlock parses YAML without extra indentation.
func newBlock(text string) (*block, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("the value has more than %d bytes", MaxSize)
	}
	text = strings.TrimRight(text, "\r\n")
	file := yamlfile.NewFile("", []byte(text+"\n"))
	docs, _, err := yamlfile.Parse(file.Text)
	switch {
	case err != nil:
		err.Line = file.Line(err.Range.Start)
		return nil, err
	case len(docs) != 1 || docs[0].Kind == yamlfile.Alias || strings.HasPrefix(text, "---") || strings.HasPrefix(text, "%"):
		return nil, file.Errorf(nil, "want one YAML value, got %.60q", text)
	}
	return &block{text: text, node: docs[0]}, nil
}

// isCollection reports whether the block is a list or a mapping in block style.
func (b *block) isCollection() bool {
	return b.node.Kind != yamlfile.Scalar && b.node.Style&yamlfile.Flow == 0
}

// afterKey returns the block as written after the colon of a key in the given column.
func (b *block) afterKey(column int, eol string) string {
	if b.isCollection() {
		return b.comments + eol + strings.Repeat(" ", column+indentStep) + b.lines("", column+indentStep, eol)
	}
	return b.afterDash(column, eol)
}

// afterDash returns the block as written after a dash in the given column.
func (b *block) afterDash(column int, eol string) string {
	indent := column + indentStep
	if b.node.Style&blockStyles != 0 {
		indent = column // the lines are indented in the block already
	}
	return " " + b.lines(b.comments, indent, eol)
}

// lines returns the lines of the block, all but the first indented.
func (b *block) lines(comments string, indent int, eol string) string {
	first, rest, more := strings.Cut(b.text, "\n")
	var out strings.Builder
	out.WriteString(strings.TrimSuffix(first, "\r") + comments)
	for more {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		out.WriteString(eol)
		if line = strings.TrimSuffix(line, "\r"); line != "" {
			out.WriteString(strings.Repeat(" ", indent) + line)
		}
	}
	return out.String()
}

// column returns the column of a list or a mapping in block style, from 0.
func (v Value) column() int { return v.partAt(0).column }

// nodes returns the nodes of the pair, which may be aliases.
func (p Pair) nodes() (key, value *yamlfile.Node) {
	return p.mapping.node.Content[2*p.index], p.mapping.node.Content[2*p.index+1]
}

// isExplicit reports whether a question mark is before the key.
func (p Pair) isExplicit() bool {
	f := p.mapping.file
	start := p.mapping.partAt(p.index).start
	before := strings.TrimRight(f.text[f.lineStart(start):start], " \t")
	return before == "?" || strings.HasSuffix(before, " ?")
}

// isFirst reports whether the line has only blanks before an offset.
func (f *File) isFirst(offset int) bool {
	return strings.Trim(f.text[f.lineStart(offset):offset], " ") == ""
}

// headStart returns the offset of the first comment above a part, or of the part.
func (f *File) headStart(start int) int {
	if head := f.above(start); len(head) > 0 {
		return head[0].Start.Offset
	}
	return start
}

// footEnd returns the end of the last line of a part and of the comments below it, without the
// line break.
func (f *File) footEnd(p part) int {
	if foot := f.below(p); len(foot) > 0 {
		return foot[len(foot)-1].End.Offset
	}
	return f.lineEnd(p.end)
}

// separator returns an empty line if the entries of a list have one between them, or nothing.
// The first few entries decide. A document with one entry gets an empty line, too.
func (v Value) separator() string {
	const most = 5
	f, n := v.file, min(v.Len(), most)
	if n < 2 && !slices.ContainsFunc(f.docs, func(d *Document) bool { return d.Value == v }) {
		return ""
	}
	for i := 1; i < n; i++ {
		line := f.lineStart(f.headStart(v.partAt(i).start))
		if !f.isEmpty(f.lineStart(line - f.breakBefore(line))) {
			return ""
		}
	}
	return f.eol()
}

// insertAfter returns the edits that insert text on a line of its own, after a part and a
// separator.
func (c *change) insertAfter(p part, column int, separator, text string) ([]diag.Edit, error) {
	f := c.file
	at := f.footEnd(p)
	text = f.eol() + separator + strings.Repeat(" ", column) + text
	edits, err := c.replace(at, at, text)
	if err != nil && at == len(f.text) { // a block scalar needs the line break after it
		return c.replace(at, at, text+f.eol())
	}
	return edits, err
}

// insertInBrackets returns the edits that insert text before the part with the given index.
func (c *change) insertInBrackets(index int, text string) ([]diag.Edit, error) {
	switch n := c.Len(); {
	case n == 0:
		at := c.bodyStart() + 1
		return c.replace(at, at, text)
	case index < n:
		at := c.partAt(index).start
		return c.replace(at, at, text+", ")
	}
	at := c.partAt(index - 1).end
	return c.replace(at, at, ", "+text)
}

// deleteInBrackets returns the edits that delete the part with the given index.
func (c *change) deleteInBrackets(index int) ([]diag.Edit, error) {
	f, p := c.file, c.partAt(index)
	start, end := p.start, p.end
	switch {
	case p.next >= 0:
		end = p.next
	case index > 0:
		start = c.partAt(index - 1).end
	default:
		if comma := f.skipSpace(end); strings.HasPrefix(f.text[comma:], ",") {
			end = comma + 1
		}
	}
	if len(f.commentsOn(start, end)) > 0 {
		return nil, c.errorf("a comment in the brackets would be lost")
	}
	return c.replace(start, end, "")
}

// deleteLines returns the edits that delete the part with the given index, and its comments.
func (c *change) deleteLines(index int) ([]diag.Edit, error) {
	f, p := c.file, c.partAt(index)
	if !f.isFirst(p.start) { // the next part moves up, after the dash
		if p.next < 0 {
			return nil, c.errorf("nothing else follows the dash")
		}
		return c.replace(p.start, f.headStart(p.next), "")
	}
	start, end := f.lineStart(f.headStart(p.start)), f.nextLine(f.footEnd(p))
	// Of the empty lines before and after it, those after it are deleted too.
	first, last := start, end
	for last < len(f.text) && f.isEmpty(last) {
		last = f.nextLine(last)
	}
	before := f.lineStart(start - f.breakBefore(start))
	if start > 0 && !f.isEmpty(before) {
		last = end
	}
	for last == len(f.text) && first > 0 && f.isEmpty(f.lineStart(first-f.breakBefore(first))) {
		first = f.lineStart(first - f.breakBefore(first))
	}
	if edits, err := c.replace(first, last, ""); err == nil {
		return edits, nil
	}
	return c.replace(start, end, "") // a block scalar keeps the empty lines
}

// isEmpty reports whether there are only blanks in the line that begins at an offset.
func (f *File) isEmpty(line int) bool {
	return strings.Trim(f.text[line:f.lineEnd(line)], " \t") == ""
}
