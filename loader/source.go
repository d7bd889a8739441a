package loader

import (
	"bytes"
	"sort"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// source is a rules file, or the rules that lie in a text of another file.
type source struct {
	name string
	// text is the file without a byte order mark, which has the length mark.
	text string
	mark int
	// plain says that the text is not YAML, but the text of scalars.
	plain bool
	// starts has the offset of each line in text.
	starts []int
	// nulls has where Falco sees the nulls that are not written.
	nulls map[*yamlfile.Node]diag.Pos
	// parent is the source that this one is a part of, or nil: it is the text of the
	// scalar outer from base on, or, if outer is nil, some of the nodes of parent.
	// cursors has where in outer the lines begin.
	parent  *source
	outer   *scalar
	base    int
	cursors []cursor
	marks
	// inner are the rules files that are parts of this one, in the order of their
	// texts. Of each of them, begin and end are the positions of its text.
	inner      []*source
	begin, end diag.Pos
}

// newSource returns a file as a source.
func newSource(name string, data []byte) *source {
	text := yamlfile.Decode(data)
	s := newText(name, string(text))
	if bytes.HasSuffix(data, text) {
		s.mark = len(data) - len(text)
	}
	return s
}

// newText returns a text as a source.
func newText(name, text string) *source {
	return &source{name: name, text: text, starts: yamlfile.Lines(text)}
}

// line returns the n-th line, from 1, without its end.
func (s *source) line(n int) string {
	switch {
	case n < 1 || n > len(s.starts):
		return ""
	case n == len(s.starts):
		return s.text[s.starts[n-1]:]
	}
	return strings.TrimSuffix(s.text[s.starts[n-1]:s.starts[n]-1], "\r")
}

// place returns the range in the file of some bytes in a line of the source.
func (s *source) place(line, column, length int) diag.Range {
	if line < 1 || line > len(s.starts) {
		return diag.Range{File: s.root().name}
	}
	offset := min(s.starts[line-1]+column-1, len(s.text)) // mistakes in YAML can be behind the end
	switch {
	case s.outer != nil:
		return s.outer.spanFrom(s.cursors[line-1], s.base+offset, s.base+offset+length)
	case s.parent != nil:
		return s.parent.place(line, column, length)
	}
	start := diag.Pos{Offset: s.mark + offset, Line: line, Column: column}
	end := diag.Pos{Offset: start.Offset + length, Line: line, Column: column + length}
	return diag.Range{File: s.name, Start: start, End: end}
}

// placeAt is place for an offset in the text of the source.
func (s *source) placeAt(offset, length int) diag.Range {
	line := sort.Search(len(s.starts), func(i int) bool { return s.starts[i] > offset })
	return s.place(line, offset-s.starts[line-1]+1, length)
}

// root returns the source of the file that positions in s are in.
func (s *source) root() *source {
	for s.parent != nil {
		s = s.parent
	}
	return s
}

// depth returns the number of sources that s is a part of.
func (s *source) depth() int {
	n := 0
	for ; s.parent != nil; s = s.parent {
		n++
	}
	return n
}

// inputAt returns the name of the source that a position in the file s is in: s, or
// one that was taken from it. Several can be taken from one text, through aliases;
// then likely is the one that is meant.
func (s *source) inputAt(p diag.Pos, likely *source) string {
	if likely != nil && likely != s && likely.root() == s && likely.covers(p) {
		return likely.name
	}
	after := sort.Search(len(s.inner), func(i int) bool { return s.inner[i].begin.Compare(p) > 0 })
	if after > 0 && s.inner[after-1].covers(p) {
		return s.inner[after-1].name
	}
	return s.name
}

// covers reports whether a position in the file is in the text of a source that was
// taken from it.
func (s *source) covers(p diag.Pos) bool { return s.begin.Compare(p) <= 0 && p.Compare(s.end) <= 0 }

// rangeOf returns the range of a node. The range of a scalar is its text, without
// quotes and white space around it.
func (s *source) rangeOf(n *yamlfile.Node) diag.Range {
	if n.Kind == yamlfile.Scalar {
		if text := strings.TrimRight(n.Value, yamlBlanks); text != "" {
			return scalar{s, n}.span(0, len(text))
		}
	}
	r := startOf(s.place(n.Start.Line, n.Start.Column, 0))
	if n.End.Column > 1 && n.End.Offset > n.Start.Offset {
		setEnd(&r, s.place(n.End.Line, n.End.Column-1, 1))
	}
	return r
}

// startOf returns a range of which only the start is known.
func startOf(r diag.Range) diag.Range { return diag.Range{File: r.File, Start: r.Start} }

// step returns Falco's location of a node.
func (s *source) step(kind, name string, n *yamlfile.Node) Location {
	at, ok := s.nulls[n]
	if !ok {
		at = n.Start
	}
	if !at.IsValid() {
		at = diag.Pos{Line: 1, Column: 1}
	}
	return Location{Type: kind, Name: name, Content: s.name, Line: at.Line - 1, Column: at.Column - 1, Offset: at.Offset}
}

// under returns the way to a node that lies below parent.
func (s *source) under(parent []Location, kind, name string, n *yamlfile.Node) []Location {
	return append(parent[:len(parent):len(parent)], s.step(kind, name, n))
}

// inCondition returns the locations of a position in a condition; the zero Pos
// stands for the condition as a whole. The parent ends with the item or the value
// that the condition is in.
func inCondition(parent []Location, condition string, at diag.Pos) []Location {
	const longest = 20
	name := condition
	if len(name) > longest {
		name = name[:longest-3] + "..."
	}
	last := parent[len(parent)-1]
	return append(parent[:len(parent):len(parent)], Location{
		Type: "condition expression", Content: `"` + strings.NewReplacer("\n", " ", "\r", " ").Replace(name) + `"`,
		Line: last.Line + at.Line, Column: last.Column + at.Column, Offset: last.Offset + at.Offset,
	})
}

// falcoSnippet returns what Falco shows of a place in a text: the line, or what
// of it lies near, and a mark below.
func falcoSnippet(text string, offset int) string {
	const half = 80
	const none = "<No context available>\n"
	if text == "" {
		return none
	}
	at := max(0, min(offset, len(text)-1))
	for at > 0 && text[at] == '\n' {
		at--
	}
	from := at
	for from > 0 && text[from] != '\n' && at-from < half {
		from--
	}
	to := at
	for to < len(text)-1 && text[to] != '\n' && to-at < half {
		to++
	}
	if text[from] == '\n' {
		from++
	}
	if text[to] == '\n' {
		to--
	}
	if to < from {
		return none
	}
	line := text[from : to+1]
	if at-from >= half {
		line = "..." + line[min(3, len(line)):]
	}
	if to-at >= half {
		line = line[:len(line)-3] + "..."
	}
	return line + "\n" + strings.Repeat(" ", max(0, at-from)) + "^\n"
}
