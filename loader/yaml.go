package loader

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/yamlcheck"
)

// Limits of what a file's aliases may stand for, so that no small file can take
// all time.
const (
	maxNodes = 4_000_000 // nodes of a file, each alias counted as what it stands for
	maxDepth = 5_000     // aliases included; what is written nests 500 deep at most
)

// documents decodes the YAML of a file. The error is what stopped it, the nodes
// what came before.
func (s *source) documents() ([]*yaml.Node, *yamlError) {
	if bad := yamlcheck.Check([]byte(s.text)); bad != nil {
		e := &yamlError{msg: bad.Message, line: bad.Line + 1, column: bad.Column + 1, offset: bad.Offset}
		if strings.Contains(s.text, "{{") {
			e.hint = "this looks like a template; check what it is rendered to"
		}
		return nil, e
	}
	var docs []*yaml.Node
	text, replaced := decodable(s.text)
	dec := yaml.NewDecoder(strings.NewReader(text))
	nodes := nodeCounter{sizes: map[*yaml.Node]int{}}
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		switch {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return docs, s.yamlError(err)
		case len(doc.Content) == 0:
			continue
		}
		root := deref(doc.Content[0])
		if n, ok := nodes.count(root, 0); !ok {
			msg := fmt.Sprintf("with what its aliases stand for it has more than %d nodes", maxNodes)
			if nodes.sizes[n] == 0 {
				msg = "here is an alias for something that it is a part of"
			}
			return docs, &yamlError{msg: msg, line: n.Line, column: s.column(n) + 1}
		}
		if isNull(root) {
			return docs, nil // where Falco stops reading, too
		}
		if replaced {
			restore(root)
		}
		docs = append(docs, root)
	}
}

// yamlError is why a file is not YAML. Line 0 stands for the whole file.
type yamlError struct {
	msg, hint    string
	line, column int // from 1
	offset       int
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlError puts what our YAML library says of a file that Falco's accepts into
// words for people.
func (s *source) yamlError(err error) *yamlError {
	e := &yamlError{msg: err.Error()}
	if m := yamlLine.FindStringSubmatch(e.msg); m != nil {
		e.msg = strings.TrimPrefix(e.msg, m[0])
		e.line, _ = strconv.Atoi(m[1])
		e.line = min(e.line, len(s.lines))
	}
	if e.line > 0 {
		e.column, e.offset = 1, s.starts[e.line-1]
	}
	e.hint = "Falco reads this, though hardly as it was meant: look for a quote that is not closed, or a key without a colon"
	return e
}

// nodeCounter counts nodes.
type nodeCounter struct {
	// sizes has what each node stands for, 0 while it is counted: a node that
	// an alias inside it stands for.
	sizes map[*yaml.Node]int
}

// count returns false and the node at which the limits are passed. As what an
// alias stands for is counted once and remembered, it is quick.
func (c *nodeCounter) count(n *yaml.Node, depth int) (*yaml.Node, bool) {
	if depth > maxDepth {
		return n, false
	}
	if size, known := c.sizes[n]; known {
		return n, size > 0
	}
	if n.Kind == yaml.ScalarNode {
		return n, true
	}
	c.sizes[n] = 0
	size := 1
	kids := n.Content
	if n.Kind == yaml.AliasNode {
		kids = []*yaml.Node{n.Alias}
	}
	for _, kid := range kids {
		if bad, ok := c.count(kid, depth+1); !ok {
			return bad, false
		}
		size += max(1, c.sizes[kid])
	}
	c.sizes[n] = size
	return n, size <= maxNodes
}

// The YAML library refuses bytes that are not UTF-8 and most control
// characters, and takes some other characters for line ends; to Falco they are
// text like any other. They are hidden from the library as characters of a
// private plane, one for each byte.
const (
	hidden     = 0x10fe00
	lastHidden = hidden + 0xff
)

// charLen returns the length of the character that text begins with, and whether
// its bytes are to be hidden.
func charLen(text string) (size int, hide bool) {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r == utf8.RuneError:
		return size, size == 1
	case r < ' ':
		return size, r != '\t' && r != '\n' && r != '\r'
	case r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return size, true
	}
	return size, isHidden(r)
}

// decodable returns the text with what the YAML library does not read hidden,
// and whether there was any.
func decodable(text string) (string, bool) {
	var b strings.Builder
	from, hiding := 0, false
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < 0x7f || c == '\n' {
			i++
			continue
		}
		size, hide := charLen(text[i:])
		if hide {
			b.WriteString(text[from:i])
			for ; size > 0; size-- {
				b.WriteRune(hidden + rune(text[i]))
				i++
			}
			from, hiding = i, true
		}
		i += size
	}
	if !hiding {
		return text, false
	}
	b.WriteString(text[from:])
	return b.String(), true
}

// restore puts hidden bytes back where they were.
func restore(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		return
	}
	if strings.ContainsFunc(n.Value, isHidden) {
		var b strings.Builder
		for _, r := range n.Value {
			if isHidden(r) {
				b.WriteByte(byte(r - hidden))
			} else {
				b.WriteRune(r)
			}
		}
		n.Value = b.String()
	}
	for _, kid := range n.Content {
		restore(kid)
	}
}

func isHidden(r rune) bool { return r >= hidden && r <= lastHidden }

// value returns the value of a key of a mapping, or nil. Of equal keys the
// first counts, as in Falco.
func value(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := deref(n.Content[i]); k.Kind == yaml.ScalarNode && k.Value == key && !isNull(k) {
			return deref(n.Content[i+1])
		}
	}
	return nil
}

// keyNode returns the key itself, or nil.
func keyNode(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; deref(k).Kind == yaml.ScalarNode && deref(k).Value == key {
			return k
		}
	}
	return nil
}

// keys gives the keys of a mapping as texts, and what of them is a text.
func keys(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, deref(n.Content[i]))
	}
	return out
}

// deref returns what an alias stands for.
func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// isNull reports whether a node is null. What has a tag is not, to Falco.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Style&yaml.TaggedStyle == 0
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a sequence"
	}
	if isNull(n) {
		return "null"
	}
	return "a text"
}
