package ruletest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/falcoyaml"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// text is the text of a file of suites, in which places lie.
type text struct {
	name  string
	lines []string
}

func newText(name, content string) *text {
	return &text{name, strings.Split(content, "\n")}
}

// line returns the n-th line, from 1.
func (t *text) line(n int) string {
	if t == nil || n < 1 || n > len(t.lines) {
		return ""
	}
	return strings.TrimSuffix(t.lines[n-1], "\r")
}

// place returns the place of a node.
func (t *text) place(n *yaml.Node) loader.Position {
	if t == nil || n.Line == 0 {
		return loader.Position{}
	}
	return loader.Position{File: t.name, Line: n.Line, Column: n.Column}
}

// errorAt returns an error about a node.
func (t *text) errorAt(n *yaml.Node, hint, format string, args ...any) *Error {
	return t.errorAbout(t.place(n), n.Value, hint, format, args...)
}

// errorAbout returns an error about a text, which perhaps stands at the place as it is.
func (t *text) errorAbout(at loader.Position, about, hint, format string, args ...any) *Error {
	e := t.errorIn(at, hint, format, args...)
	if start := e.Position.Column - 1; start >= 0 && start <= len(e.Source) && strings.HasPrefix(e.Source[start:], about) {
		e.length = len(about)
	}
	return e
}

// errorIn returns an error about a place.
func (t *text) errorIn(at loader.Position, hint, format string, args ...any) *Error {
	e := &Error{Position: at, Msg: fmt.Sprintf(format, args...), Hint: hint}
	if t != nil && at.File == t.name {
		e.Source = t.line(at.Line)
	}
	return e
}

// documents reads the YAML documents of a text, with what aliases stand for in
// their places. What is wrong with them is left out. After a mistake in the syntax
// there are those before it.
func (t *text) documents(content string) ([]*yaml.Node, Errors) {
	decoder := yaml.NewDecoder(strings.NewReader(content))
	columns := falcoyaml.NewColumns([]byte(content))
	var docs []*yaml.Node
	c := cleaner{text: t, sizes: map[*yaml.Node]int{}}
	for {
		var document yaml.Node
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return docs, c.errs
		case err != nil:
			return docs, append(c.errs, t.syntaxError(content, err))
		}
		columns.Fix(&document)
		for _, root := range document.Content {
			root = c.clean(root, 0)
			if c.err != nil {
				return docs, append(c.errs, c.err)
			}
			if root.ShortTag() != "!!null" {
				docs = append(docs, root)
			}
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxError says where a text is no YAML.
func (t *text) syntaxError(content string, err error) *Error {
	if _, _, bad := falcoyaml.Parse(content); bad != nil { // with better words
		return t.errorIn(loader.Position{File: t.name, Line: bad.Line + 1, Column: bad.Column + 1}, "", "not YAML: %s", bad.Message)
	}
	msg, line := err.Error(), 1
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		msg = strings.TrimPrefix(msg, m[0])
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	return t.errorIn(loader.Position{File: t.name, Line: line, Column: 1}, "", "not YAML: %s", msg)
}

// Limits of a tree.
const (
	maxDepth   = 300
	maxAliased = 200_000 // values that aliases stand for
)

// cleaner takes aliases out of a tree, and refuses keys that are no texts, stand twice
// or merge.
type cleaner struct {
	text *text
	// sizes has what each node stands for, 0 while it is counted.
	sizes   map[*yaml.Node]int
	aliased int
	// err is the first mistake after which nothing can be read, errs are others.
	err  *Error
	errs Errors
}

// fail reports a mistake after which nothing can be read.
func (c *cleaner) fail(n *yaml.Node, hint, format string, args ...any) *yaml.Node {
	if c.err == nil {
		c.err = c.text.errorAt(n, hint, format, args...)
	}
	return n
}

// note reports another mistake.
func (c *cleaner) note(n *yaml.Node, hint, format string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, c.text.errorAt(n, hint, format, args...))
	}
}

// clean returns what stands in the place of n.
func (c *cleaner) clean(n *yaml.Node, depth int) *yaml.Node {
	switch {
	case c.err != nil:
		return n
	case depth > maxDepth:
		return c.fail(n, "", "nested more than %d levels deep", maxDepth)
	case n.Kind == yaml.AliasNode:
		target := c.clean(n.Alias, depth+1)
		size := c.sizes[target]
		if size == 0 {
			return c.fail(n, "", "an alias for something that it is a part of")
		}
		if c.aliased += size; c.aliased > maxAliased {
			return c.fail(n, "", "aliases stand for more than %d values", maxAliased)
		}
		return target
	}
	if _, seen := c.sizes[n]; seen {
		return n
	}
	c.sizes[n] = 0
	size := 1
	for i, kid := range n.Content {
		n.Content[i] = c.clean(kid, depth+1)
		size += c.sizes[n.Content[i]]
	}
	c.sizes[n] = size
	switch {
	case n.Kind == yaml.MappingNode:
		c.keys(n)
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!binary":
		c.binary(n)
	}
	return n
}

// binary makes what is written as bytes a text: names of rules, and what fields have,
// need not be UTF-8.
func (c *cleaner) binary(n *yaml.Node) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
	if err != nil {
		c.note(n, "", "%s is not base64, which !!binary asks for", quote.Text(n.Value))
		raw = nil
	}
	n.Tag, n.Value = "!!str", string(raw)
}

// keys looks at the keys of a mapping, and takes those out that are wrong.
func (c *cleaner) keys(n *yaml.Node) {
	seen := make(map[string]bool, len(n.Content)/2)
	good := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode:
			c.note(key, "", "a key is text, not %s", kindOf(key))
		case key.ShortTag() == "!!merge":
			c.note(key, "events extend others with extends", "merge keys are not read")
		case seen[key.Value]:
			c.note(key, "", "the key %s stands twice", quote.Text(key.Value))
		default:
			good = append(good, key, n.Content[i+1])
		}
		seen[key.Value] = true
	}
	n.Content = good
}

// kindOf says what a node is.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return n.Value
	case "!!int", "!!float":
		return "a number"
	}
	return "text"
}

// valueOf returns the value of a key of a mapping, or nil.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// without returns a mapping without a key.
func without(n *yaml.Node, key string) *yaml.Node {
	out := *n
	out.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &out
}

// appendJSON appends a tree without aliases as JSON. What is no number of JSON's is
// a text. A key whose value is null is left out, since null says that there is none.
func appendJSON(dst []byte, n *yaml.Node) []byte {
	switch n.Kind {
	case yaml.MappingNode:
		dst = append(dst, '{')
		begin := len(dst)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i+1].ShortTag() == "!!null" {
				continue
			}
			if len(dst) > begin {
				dst = append(dst, ',')
			}
			dst = append(appendJSONString(dst, n.Content[i].Value), ':')
			dst = appendJSON(dst, n.Content[i+1])
		}
		return append(dst, '}')
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for i, item := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	}
	switch n.ShortTag() {
	case "!!null":
		return append(dst, "null"...)
	case "!!bool":
		return append(dst, bytes.ToLower([]byte(n.Value))...)
	case "!!int", "!!float":
		if isJSONNumber(n.Value) {
			return append(dst, n.Value...)
		}
	}
	return appendJSONString(dst, n.Value)
}
