package loader

import (
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// source is a rules file and its lines.
type source struct {
	name  string
	lines []string // without their ends
}

func newSource(f File) *source {
	return &source{name: f.Name, lines: strings.Split(string(f.Data), "\n")}
}

// line returns the n-th line, from 1, without its end.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return strings.TrimSuffix(s.lines[n-1], "\r")
}

func (s *source) at(n *yaml.Node) Position {
	return Position{File: s.name, Line: n.Line, Column: n.Column}
}

// scalar is a YAML scalar of a file.
type scalar struct {
	src  *source
	node *yaml.Node
}

func (s scalar) text() string { return s.node.Value }

// position returns the place in the file of the byte at offset in the scalar's
// value. YAML folds lines, strips indents and reads escapes, but keeps the
// order of what is not white space: the place is found by counting that.
func (s scalar) position(offset int) Position {
	value := s.node.Value
	if offset >= len(value) && offset > 0 {
		// The end: one behind the last byte.
		p := s.position(len(value) - 1)
		p.Column++
		return p
	}
	skip := 0
	for i := 0; i < offset; i++ {
		if !isYAMLBlank(value[i]) {
			skip++
		}
	}
	blank := offset < len(value) && isYAMLBlank(value[offset])
	line, col := s.node.Line, s.node.Column-1
	quote := byte(0)
	switch s.node.Style &^ (yaml.TaggedStyle | yaml.FlowStyle) {
	case yaml.SingleQuotedStyle:
		quote = '\''
	case yaml.DoubleQuotedStyle:
		quote = '"'
	case yaml.LiteralStyle, yaml.FoldedStyle:
		line, col = line+1, 0 // the text begins below the header
	}
	if s.node.Anchor != "" || s.node.Style&yaml.TaggedStyle != 0 {
		// The node begins with its anchor and its tag.
		if quote == 0 && line == s.node.Line {
			for _, word := range strings.Fields(s.src.line(line)[min(col, len(s.src.line(line))):]) {
				if word[0] != '&' && word[0] != '!' {
					break
				}
				col += strings.Index(s.src.line(line)[col:], word) + len(word)
			}
		}
	}
	if start := strings.IndexByte(s.src.line(line)[min(col, len(s.src.line(line))):], quote); quote != 0 && start >= 0 {
		col += start + 1
	}
	for ; line <= len(s.src.lines); line, col = line+1, 0 {
		text := s.src.line(line)
		for col < len(text) {
			n := 1
			switch {
			case quote == '\'' && strings.HasPrefix(text[col:], "''"),
				quote == '"' && text[col] == '\\' && col+1 < len(text):
				n = 2
			}
			here := Position{File: s.src.name, Line: line, Column: col + 1}
			switch {
			case isYAMLBlank(text[col]) || n == 2 && quote == '"' && strings.IndexByte("ntr ", text[col+1]) >= 0:
				if skip == 0 && blank {
					return here
				}
			case skip == 0:
				return here
			default:
				skip--
			}
			col += n
		}
		if skip == 0 && blank {
			return Position{File: s.src.name, Line: line, Column: len(text) + 1}
		}
	}
	return s.src.at(s.node)
}

func isYAMLBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// text is a condition or an output and where each part of it comes from. The
// zero text is empty.
type text struct {
	value string
	parts []part
}

// part says that the text from offset at on was taken from a scalar, from
// offset from on; without a scalar it is glue.
type part struct {
	at   int
	from int
	in   *scalar
}

func textOf(s scalar) text {
	return text{value: s.text(), parts: []part{{in: &s}}}
}

// join returns two texts with a blank between them.
func join(a, b text) text {
	var out textBuilder
	out.slice(a, 0, len(a.value))
	out.glue(" ")
	out.slice(b, 0, len(b.value))
	return out.text()
}

// trimmed returns t without white space at its ends.
func (t text) trimmed() text {
	start := len(t.value) - len(strings.TrimLeft(t.value, " \t\n\r\f\v"))
	var out textBuilder
	out.slice(t, start, start+len(strings.Trim(t.value, " \t\n\r\f\v")))
	return out.text()
}

// partAt returns the index of the part in which the byte at offset lies.
func (t text) partAt(offset int) int {
	after := sort.Search(len(t.parts), func(i int) bool { return t.parts[i].at > offset })
	return max(0, after-1)
}

// position returns the place in a file of the byte at offset.
func (t text) position(offset int) Position {
	for i := min(t.partAt(offset), len(t.parts)-1); i >= 0; i-- {
		p := t.parts[i]
		if p.in == nil {
			continue // glue: the place is the end of what stands before it
		}
		at := p.from + offset - p.at
		if i+1 < len(t.parts) {
			at = min(at, p.from+t.parts[i+1].at-p.at)
		}
		return p.in.position(at)
	}
	for _, p := range t.parts {
		if p.in != nil {
			return p.in.position(p.from)
		}
	}
	return Position{}
}

// textBuilder puts a text together.
type textBuilder struct {
	buf   []byte
	parts []part
}

// glue adds s, which is in no file.
func (b *textBuilder) glue(s string) {
	if s != "" {
		b.parts = append(b.parts, part{at: len(b.buf)})
		b.buf = append(b.buf, s...)
	}
}

// scalar adds a whole scalar.
func (b *textBuilder) scalar(s scalar) {
	b.parts = append(b.parts, part{at: len(b.buf), in: &s})
	b.buf = append(b.buf, s.text()...)
}

// slice adds t.value[start:end] with its places.
func (b *textBuilder) slice(t text, start, end int) {
	if start >= end {
		return
	}
	base := len(b.buf)
	b.buf = append(b.buf, t.value[start:end]...)
	for i := t.partAt(start); i < len(t.parts) && t.parts[i].at < end; i++ {
		p := t.parts[i]
		cut := max(0, start-p.at)
		b.parts = append(b.parts, part{at: base + p.at + cut - start, from: p.from + cut, in: p.in})
	}
}

// truncate leaves the first n bytes.
func (b *textBuilder) truncate(n int) {
	b.buf = b.buf[:n]
	for len(b.parts) > 0 && b.parts[len(b.parts)-1].at >= n {
		b.parts = b.parts[:len(b.parts)-1]
	}
}

func (b *textBuilder) text() text { return text{string(b.buf), b.parts} }
