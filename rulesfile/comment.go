package rulesfile

import (
	"slices"
	"sort"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Comment is a comment in a file.
type Comment struct {
	// Text is the comment from its # to the end of the line, without the line break.
	Text string
	// Range is the range of Text in the outermost file.
	Range diag.Range
	// Alone reports whether the line has nothing but the comment.
	Alone bool

	file   *File
	offset int // of Text in the text of the file
}

// Part returns the range of a part of Text, given by byte offsets, in the outermost file.
func (c Comment) Part(start, end int) diag.Range { return c.file.span(c.offset+start, c.offset+end) }

// Comments are the comments that belong to an item or to a key.
type Comments struct {
	// Head are the comments on the lines directly above, up to a blank line. Comments
	// that are indented more belong to the item or key above them.
	Head []Comment
	// Line are the comments on the line of the item's dash, or after the key and after
	// its value.
	Line []Comment
	// Foot are the comments on the lines directly below, up to a blank line, except for
	// those that are the Head of the next item or key.
	Foot []Comment
}

// Comments returns all comments of the file, in order.
func (f *File) Comments() []Comment { return f.makeComments(f.spans()) }

// HasComments reports whether there are comments between the start and the end of the value.
func (v Value) HasComments() bool {
	return v.Exists() && len(v.file.commentsOn(v.node.Start.Offset, v.node.End.Offset)) > 0
}

// Comments returns the comments of the item, without those of its keys.
func (it *Item) Comments() Comments {
	part := it.list.partAt(it.index)
	c := it.list.commentsOf(part)
	c.Line = it.file.makeComments(it.file.commentsOn(part.start, it.file.lineEnd(part.start)))
	return c
}

// Comments returns the comments of the key and its value.
func (p Pair) Comments() Comments {
	if !p.Key.Exists() {
		return Comments{}
	}
	return p.mapping.commentsOf(p.mapping.partAt(p.index))
}

// spans returns where the comments of the file are.
func (f *File) spans() []diag.Span {
	if f.outer.node == nil && f.parent != nil { // it is YAML of the parent
		return f.parent.spans()
	}
	f.comments.once.Do(func() { f.comments.spans = yamlfile.Comments(f.text) })
	return f.comments.spans
}

func (f *File) makeComments(spans []diag.Span) []Comment {
	out := make([]Comment, 0, len(spans))
	for _, s := range spans {
		start, end := s.Start.Offset, s.End.Offset
		alone := strings.Trim(f.text[f.lineStart(start):start], " \t") == ""
		out = append(out, Comment{f.text[start:end], f.span(start, end), alone, f, start})
	}
	return out
}

// part is the part of the text with one entry of a list or one key of a mapping: from the
// dash or the key to the end of the value.
type part struct {
	start, end int
	// head is the end of the dash or the key.
	head int
	// next is the start of the next part, or -1 if this is the last one.
	next int
	// column is the column of start, from 0.
	column int
}

// partAt returns the part of the list or the mapping with the given index.
func (v Value) partAt(index int) part {
	var p part
	n := v.node.Content
	if v.IsMapping() {
		key, value := n[2*index], n[2*index+1]
		p = part{start: key.Start.Offset, head: key.End.Offset, end: max(key.End.Offset, value.End.Offset), next: -1}
		if 2*index+2 < len(n) {
			p.next = n[2*index+2].Start.Offset
		}
	} else {
		p = part{start: v.entryStart(index), end: n[index].End.Offset, next: -1}
		p.head = min(p.start+1, p.end)
		if index+1 < len(n) {
			p.next = v.entryStart(index + 1)
		}
	}
	p.column = p.start - v.file.lineStart(p.start)
	return p
}

// entryStart returns the offset of an entry, which in a block is its dash.
func (v Value) entryStart(index int) int {
	if v.isFlow() {
		return v.node.Content[index].Start.Offset
	}
	if index > 0 {
		return v.file.skipSpace(v.node.Content[index-1].End.Offset)
	}
	return v.bodyStart()
}

// bodyStart returns the offset of a list or a mapping without its anchor and tag.
func (v Value) bodyStart() int {
	f := v.file
	at := v.node.Start.Offset
	if v.node.Anchor == "" && v.node.Style&yamlfile.Tagged == 0 {
		return at
	}
	for at = f.skipSpace(at); at < len(f.text) && (f.text[at] == '&' || f.text[at] == '!'); at = f.skipSpace(at) {
		n := strings.IndexAny(f.text[at:], " \t\r\n")
		if n < 0 {
			return len(f.text)
		}
		at += n
	}
	return at
}

// skipSpace returns the offset after white space and comments.
func (f *File) skipSpace(offset int) int { return skipSpace(f.text, offset) }

func skipSpace(text string, offset int) int {
	for offset < len(text) {
		switch text[offset] {
		case ' ', '\t', '\r', '\n':
			offset++
		case '#':
			n := strings.IndexAny(text[offset:], "\r\n")
			if n < 0 {
				return len(text)
			}
			offset += n
		default:
			return offset
		}
	}
	return offset
}

// isFlow reports whether the list or mapping is in brackets.
func (v Value) isFlow() bool { return v.node.Style&yamlfile.Flow != 0 }

// commentsOf returns the comments of a part of a list or a mapping.
func (v Value) commentsOf(p part) Comments {
	f := v.file
	lines := f.commentsOn(p.head, f.lineEnd(p.head))
	if end := f.lineStart(p.end); end > p.head {
		lines = append(lines, f.commentsOn(p.end, f.lineEnd(p.end))...)
	}
	c := Comments{Line: f.makeComments(lines), Foot: f.makeComments(f.below(p))}
	if f.isFirst(p.start) {
		c.Head = f.makeComments(f.above(p.start))
	}
	return c
}

// commentsOn returns the comments that begin between two offsets.
func (f *File) commentsOn(start, end int) []diag.Span {
	spans := f.spans()
	i := sort.Search(len(spans), func(i int) bool { return spans[i].Start.Offset >= start })
	n := sort.Search(len(spans)-i, func(n int) bool { return spans[i+n].Start.Offset >= end })
	return slices.Clip(spans[i : i+n])
}

// commentLine returns the comment on the line at start, if the line has nothing else.
func (f *File) commentLine(start int) (diag.Span, bool) {
	list := f.commentsOn(start, f.lineEnd(start))
	if len(list) == 0 || strings.Trim(f.text[start:list[0].Start.Offset], " \t") != "" {
		return diag.Span{}, false
	}
	return list[0], true
}

// above returns the comments on lines of their own directly above the line of an offset
// that are not indented more than the text at the offset.
func (f *File) above(offset int) []diag.Span {
	line := f.lineStart(offset)
	column := offset - line
	var out []diag.Span
	for line > 0 {
		line = f.lineStart(line - f.breakBefore(line))
		c, ok := f.commentLine(line)
		if !ok || c.Start.Offset-line > column {
			break
		}
		out = append(out, c)
	}
	slices.Reverse(out)
	return out
}

// below returns the comments on lines of their own directly below a part, except for those
// that belong to the next one.
func (f *File) below(p part) []diag.Span {
	stop := len(f.text)
	if p.next >= 0 {
		stop = f.lineStart(p.next)
		if head := f.above(p.next); len(head) > 0 {
			stop = head[0].Start.Offset
		}
	}
	var out []diag.Span
	for line := f.nextLine(p.end); line < stop; line = f.nextLine(line) {
		c, ok := f.commentLine(line)
		if !ok || c.Start.Offset >= stop || p.next < 0 && c.Start.Offset-line < p.column {
			break
		}
		out = append(out, c)
	}
	return out
}

// lineStart returns the start of the line that an offset is in.
func (f *File) lineStart(offset int) int {
	if f.breaks() == feeds {
		return f.starts[f.lineAt(offset)-1]
	}
	return strings.LastIndexAny(f.text[:offset], "\r\n") + 1
}

// lineEnd returns the end of the line that an offset is in, without its line break.
func (f *File) lineEnd(offset int) int {
	if f.breaks() == feeds {
		line := f.lineAt(offset)
		if line == len(f.starts) {
			return len(f.text)
		}
		return f.starts[line] - 1
	}
	if n := strings.IndexAny(f.text[offset:], "\r\n"); n >= 0 {
		return offset + n
	}
	return len(f.text)
}

// nextLine returns the start of the line after the one that an offset is in, or the end of
// the text.
func (f *File) nextLine(offset int) int {
	end := f.lineEnd(offset)
	switch rest := f.text[end:]; {
	case rest == "":
		return end
	case strings.HasPrefix(rest, "\r\n"):
		return end + 2
	}
	return end + 1
}

// breakBefore returns the length of the line break before the start of a line.
func (f *File) breakBefore(line int) int {
	if strings.HasSuffix(f.text[:line], "\r\n") {
		return 2
	}
	return min(1, line)
}
