package loader

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// source is a rules file, or the rules that lie in a text of another file.
type source struct {
	name string
	// text is the file without a byte order mark.
	text  string
	lines []string // without their ends
	// starts has the offset of each line in text.
	starts []int
	// outer is the scalar that the text was taken from, or nil.
	outer *scalar
}

func newSource(name, text string) *source {
	s := &source{name: name, text: text}
	s.lines = strings.Split(s.text, "\n")
	s.starts = make([]int, len(s.lines))
	for i, at := 0, 0; i < len(s.lines); i++ {
		s.starts[i] = at
		at += len(s.lines[i]) + 1
	}
	return s
}

// line returns the n-th line, from 1, without its end.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return strings.TrimSuffix(s.lines[n-1], "\r")
}

// place returns a place in the source as one in its file.
func (s *source) place(line, column int) Position {
	if s.outer != nil && line >= 1 && line <= len(s.starts) {
		return s.outer.position(s.starts[line-1] + column - 1)
	}
	return Position{File: s.name, Line: line, Column: column}
}

// column returns the offset of a node in its line. The YAML library counts
// characters.
func (s *source) column(n *yaml.Node) int {
	column := 0
	line := s.line(n.Line)
	for i := 1; i < n.Column && column < len(line); i++ {
		if size, hide := charLen(line[column:]); hide {
			column++
		} else {
			column += size
		}
	}
	return column
}

// at returns the place of a node.
func (s *source) at(n *yaml.Node) Position { return s.place(n.Line, s.column(n)+1) }

// span returns the place of a node and the place behind it, which is known for
// scalars only.
func (s *source) span(n *yaml.Node) (Position, Position) {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		return s.at(n), Position{}
	}
	v := scalar{s, n}
	return v.position(0), v.position(len(n.Value))
}

// step returns Falco's location of a node.
func (s *source) step(kind, name string, n *yaml.Node) Location {
	l := Location{Type: kind, Name: name, Content: s.name}
	if n.Line > 0 {
		l.Line = min(n.Line, len(s.starts)) - 1
		l.Column = s.column(n)
		if isNull(n) && n.Value == "" && n.Anchor == "" {
			l.Line, l.Column = s.nextToken(l.Line, l.Column)
		}
		l.Offset = s.starts[l.Line] + l.Column
	}
	return l
}

// nextToken returns the place of what follows a place, white space and comments
// left out: where Falco puts a null that is not written.
func (s *source) nextToken(line, column int) (int, int) {
	for ; line < len(s.lines); line, column = line+1, 0 {
		text := s.line(line + 1)
		if at := strings.TrimLeft(text[min(column, len(text)):], ": \t"); at != "" && (at[0] != '#' || len(at) == len(text)-column && column > 0) {
			return line, len(text) - len(at)
		}
	}
	return len(s.lines) - 1, 0
}

// under returns the way to a node that lies below parent.
func (s *source) under(parent []Location, kind, name string, n *yaml.Node) []Location {
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
