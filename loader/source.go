package loader

import (
	"sort"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// source is a rules file, or the rules that lie in a text of another file.
type source struct {
	name string
	// text is the file without a byte order mark.
	text string
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
	begin, end Position
}

func newSource(name, text string) *source {
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

// place returns a place in the source as one in its file.
func (s *source) place(line, column int) Position {
	switch {
	case s.parent != nil && s.outer == nil:
		return s.parent.place(line, column)
	case s.outer != nil && line >= 1 && line <= len(s.starts):
		return s.outer.positionFrom(s.cursors[line-1], s.base+s.starts[line-1]+column-1)
	}
	return Position{File: s.root().name, Line: line, Column: column}
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
func (s *source) inputAt(p Position, likely *source) string {
	if likely != nil && likely != s && likely.root() == s && likely.covers(p) {
		return likely.name
	}
	after := sort.Search(len(s.inner), func(i int) bool { return s.inner[i].begin.compare(p) > 0 })
	if after > 0 && s.inner[after-1].covers(p) {
		return s.inner[after-1].name
	}
	return s.name
}

// covers reports whether a position in the file is in the text of a source that was
// taken from it.
func (s *source) covers(p Position) bool { return s.begin.compare(p) <= 0 && p.compare(s.end) <= 0 }

// at returns the place of a node.
func (s *source) at(n *yamlfile.Node) Position { return s.place(n.Start.Line, n.Start.Column) }

// span returns the place of a node and the place behind it, which is known for
// scalars only.
func (s *source) span(n *yamlfile.Node) (Position, Position) {
	if n.Kind != yamlfile.Scalar || n.Value == "" {
		return s.at(n), Position{}
	}
	v := scalar{s, n}
	return v.position(0), v.position(len(n.Value))
}

// lastPosition returns the position after the last value in a node, as far as it is
// known.
func (s *source) lastPosition(n *yamlfile.Node) Position {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	at, end := s.span(n)
	if end.Line == 0 {
		return at
	}
	return end
}

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

// inCondition returns the way to a place in a condition, counted from line 1 and
// column 1; the zero place stands for the condition as a whole. The parent ends
// with the item or the value that the condition is in.
func inCondition(parent []Location, condition string, line, column, offset int) []Location {
	const longest = 20
	name := condition
	if len(name) > longest {
		name = name[:longest-3] + "..."
	}
	last := parent[len(parent)-1]
	return append(parent[:len(parent):len(parent)], Location{
		Type: "condition expression", Content: `"` + strings.NewReplacer("\n", " ", "\r", " ").Replace(name) + `"`,
		Line: last.Line + line, Column: last.Column + column, Offset: last.Offset + offset,
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
