package yamlfile

import (
	"strings"

	"github.com/falcorules/falcorules/diag"
)

// context is the state that the scanner needs to scan a scalar again.
type context struct {
	// parent is the column of the block that the scalar is in, or -1. Lines after the
	// first are indented more.
	parent   int32
	inFlow   bool
	lineEnd  byte
	strict   bool
	verbatim bool // whether the text contains the value unchanged
}

// Segment maps a part of a scalar's value to the text: value[Value:ValueEnd] is written as
// text[Text:TextEnd]. Both have the same bytes unless the text is an escape sequence.
//
// Between two segments, the text has line breaks, spaces and indentation, and the value has
// a space, line breaks, or nothing in their place.
type Segment struct {
	Text, TextEnd   int
	Value, ValueEnd int
	Escape          bool
}

// Body returns the offset at which a scalar begins, after its anchor and tag. It is the
// offset of the quote, of the > or | of a block scalar, or of the plain text.
func (n *Node) Body() int { return n.Start.Offset + int(n.body) }

// Parent returns the column, from 0, of the block mapping or block sequence that contains
// the scalar, or -1 if none does. Lines of a block scalar must be indented more.
func (n *Node) Parent() int { return int(n.parent) }

// InFlow reports whether a scalar is inside brackets.
func (n *Node) InFlow() bool { return n.inFlow }

// Verbatim returns the offset of a scalar's value in the text. It returns false if the text
// does not contain the value unchanged.
func (n *Node) Verbatim() (offset int, ok bool) {
	offset = n.Body()
	if n.Style&(SingleQuoted|DoubleQuoted) != 0 {
		offset++
	}
	return offset, n.verbatim
}

// Unquoted returns a scalar for a text that is not YAML. The text is the value and begins at
// the given position.
func Unquoted(value string, at diag.Pos) *Node {
	return &Node{Kind: Scalar, Tag: "!!str", Value: value, Start: at, context: context{verbatim: true}}
}

// Segments returns the segments of a scalar in the text, in order; nil if the value is
// empty.
func (n *Node) Segments(text string) []Segment {
	if n.Value == "" {
		return nil
	}
	if offset, ok := n.Verbatim(); ok {
		return []Segment{{offset, offset + len(n.Value), 0, len(n.Value), false}}
	}
	var segments []Segment
	s := n.scanner(text, n.Body())
	s.segments = &segments
	s.scanScalar()
	return segments
}

// Rescan scans the scalar at an offset of a text, in the same context as n. It returns a
// node with the value and style of the scalar, and the offset of its end. It returns false
// if there is no valid scalar.
func (n *Node) Rescan(text string, offset int) (scalar *Node, next int, ok bool) {
	s := n.scanner(text, offset)
	t := s.scanScalar()
	if t == nil {
		return nil, 0, false
	}
	return &Node{Kind: Scalar, Style: t.style, Value: t.text}, s.offset, true
}

// scanner returns a scanner for a scalar at an offset of a text.
func (n *Node) scanner(text string, offset int) *scanner {
	s := newScanner(text, n.strict)
	s.offset, s.lineEnd = offset, n.lineEnd
	s.column = offset - 1 - strings.LastIndexByte(text[:offset], n.lineEnd)
	s.indents = []*indent{{column: int(n.parent), kind: mapStart}}
	if n.inFlow {
		s.flows = []flow{{}}
	}
	s.keyAllowed = false
	return &s
}

// scanScalar scans a scalar. It returns nil if there is no valid scalar.
func (s *scanner) scanScalar() *token {
	inFlow := len(s.flows) > 0
	switch c := s.at(0); {
	case (c == '|' || c == '>') && !inFlow:
		s.scanBlock()
	case c == '\'' || c == '"':
		s.scanQuoted(c)
	case s.more() && !s.space(0) && s.startsPlain(c):
		s.scanPlain()
	}
	if s.err != nil || len(s.tokens) == 0 {
		return nil
	}
	return &s.tokens[len(s.tokens)-1]
}

// cutSegments removes the end of the segments that is no longer in the value.
func (c *content) cutSegments() {
	if c.segments == nil {
		return
	}
	list := *c.segments
	for len(list) > 0 && list[len(list)-1].Value >= len(c.buf) {
		list = list[:len(list)-1]
	}
	if last := len(list) - 1; last >= 0 && list[last].ValueEnd > len(c.buf) {
		s := &list[last]
		if !s.Escape {
			s.TextEnd -= s.ValueEnd - len(c.buf)
		}
		s.ValueEnd = len(c.buf)
	}
	*c.segments = list
}

// skipComment skips a comment.
func (s *scanner) skipComment() {
	start := s.mark
	s.skipLine()
	if s.comments != nil {
		*s.comments = append(*s.comments, diag.Span{Start: start.pos(), End: s.pos()})
	}
}

// Comments returns the comments in a text that [Decode] returned, in order and without
// line breaks. It stops at the first syntax error.
func Comments(text string) []diag.Span {
	comments := []diag.Span{}
	s := newScanner(text, false)
	s.comments = &comments
	for s.peek() != nil {
		s.head++
	}
	return comments
}
