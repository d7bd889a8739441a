package yamlfile

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/diag"
)

// Read returns the documents of a text that are not null, and the first mistake in
// it. The documents before the mistake are returned with it.
func Read(data []byte) ([]*Node, *Error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	columns := NewColumns(data)
	var docs []*Node
	for {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return docs, readError(data, err)
		}
		c := reader{columns: columns, seen: map[*yaml.Node]*Node{}}
		for _, root := range doc.Content {
			if n := c.node(root); !n.IsNull() {
				docs = append(docs, n)
			}
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func readError(data []byte, err error) *Error {
	if _, _, bad := Parse(string(Decode(data))); bad != nil { // with better words
		return bad
	}
	msg, line := err.Error(), 1
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		msg = strings.TrimPrefix(msg, m[0])
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	return &Error{diag.Pos{Line: line, Column: 1}, msg}
}

type reader struct {
	columns *Columns
	seen    map[*yaml.Node]*Node
}

func (r reader) node(n *yaml.Node) *Node {
	if out := r.seen[n]; out != nil {
		return out
	}
	out := &Node{Value: n.Value, Anchor: n.Anchor}
	if n.Style&yaml.TaggedStyle != 0 {
		out.Tag = n.ShortTag()
	}
	r.seen[n] = out
	if n.Line > 0 {
		column := r.columns.inBytes(n.Line, n.Column)
		out.Start = diag.Pos{Offset: r.columns.offset, Line: n.Line, Column: column}
	}
	for ours, theirs := range kinds {
		if n.Kind == theirs {
			out.Kind = ours
		}
	}
	for ours, theirs := range styles {
		if n.Style&theirs != 0 {
			out.Style |= ours
		}
	}
	if n.Alias != nil {
		out.Alias = r.node(n.Alias)
	}
	for _, child := range n.Content {
		out.Content = append(out.Content, r.node(child))
	}
	return out
}
