package ruletest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
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
func (t *text) place(n *yamlfile.Node) diag.Range {
	if t == nil || !n.Start.IsValid() {
		return diag.Range{}
	}
	return diag.Range{File: t.name, Start: n.Start}
}

// errorAt returns an error about a node.
func (t *text) errorAt(n *yamlfile.Node, hint, format string, args ...any) *Error {
	return t.errorAbout(t.place(n), n.Value, hint, format, args...)
}

// errorAbout returns an error about a text, which perhaps stands at the place as it is.
func (t *text) errorAbout(at diag.Range, about, hint, format string, args ...any) *Error {
	e := t.errorIn(at, hint, format, args...)
	if start := e.Position.Start.Column - 1; start >= 0 && start <= len(e.Source) && strings.HasPrefix(e.Source[start:], about) {
		e.length = len(about)
	}
	return e
}

// errorIn returns an error about a place.
func (t *text) errorIn(at diag.Range, hint, format string, args ...any) *Error {
	e := &Error{Position: at, Msg: fmt.Sprintf(format, args...), Hint: hint}
	if t != nil && at.File == t.name {
		e.Source = t.line(at.Start.Line)
	}
	return e
}

// documents reads the YAML documents of a text, with what aliases stand for in
// their places. What is wrong with them is left out. After a mistake in the syntax
// there are those before it.
func (t *text) documents(content string) ([]*yamlfile.Node, Errors) {
	docs, bad := yamlfile.Read([]byte(content))
	c := cleaner{text: t, sizes: map[*yamlfile.Node]int{}}
	for i, root := range docs {
		docs[i] = c.clean(root, 0)
		if c.err != nil {
			return docs[:i], append(c.errs, c.err)
		}
	}
	if bad != nil {
		at := diag.Range{File: t.name, Start: bad.Range.Start}
		c.errs = append(c.errs, t.errorIn(at, "", "not YAML: %s", bad.Message))
	}
	return docs, c.errs
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
	sizes   map[*yamlfile.Node]int
	aliased int
	// err is the first mistake after which nothing can be read, errs are others.
	err  *Error
	errs Errors
}

// fail reports a mistake after which nothing can be read.
func (c *cleaner) fail(n *yamlfile.Node, hint, format string, args ...any) *yamlfile.Node {
	if c.err == nil {
		c.err = c.text.errorAt(n, hint, format, args...)
	}
	return n
}

// note reports another mistake.
func (c *cleaner) note(n *yamlfile.Node, hint, format string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, c.text.errorAt(n, hint, format, args...))
	}
}

// clean returns what stands in the place of n.
func (c *cleaner) clean(n *yamlfile.Node, depth int) *yamlfile.Node {
	switch {
	case c.err != nil:
		return n
	case depth > maxDepth:
		return c.fail(n, "", "nested more than %d levels deep", maxDepth)
	case n.Kind == yamlfile.Alias:
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
	case n.Kind == yamlfile.Mapping:
		c.keys(n)
	case n.Kind == yamlfile.Scalar && n.ShortTag() == "!!binary":
		c.binary(n)
	}
	return n
}

// binary makes what is written as bytes a text: names of rules, and what fields have,
// need not be UTF-8.
func (c *cleaner) binary(n *yamlfile.Node) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
	if err != nil {
		c.note(n, "", "%s is not base64, which !!binary asks for", quote.Text(n.Value))
		raw = nil
	}
	n.Tag, n.Value = "!!str", string(raw)
}

// keys looks at the keys of a mapping, and takes those out that are wrong.
func (c *cleaner) keys(n *yamlfile.Node) {
	seen := make(map[string]bool, len(n.Content)/2)
	good := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yamlfile.Scalar:
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
func kindOf(n *yamlfile.Node) string {
	switch n.Kind {
	case yamlfile.Mapping:
		return "a mapping"
	case yamlfile.Sequence:
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
func valueOf(n *yamlfile.Node, key string) *yamlfile.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// without returns a mapping without a key.
func without(n *yamlfile.Node, key string) *yamlfile.Node {
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
func appendJSON(dst []byte, n *yamlfile.Node) []byte {
	switch n.Kind {
	case yamlfile.Mapping:
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
	case yamlfile.Sequence:
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
