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

// text is the text of a file of suites. It is nil for suites that are Go values.
type text struct{ *yamlfile.File }

func newText(name string, content []byte) *text { return &text{yamlfile.NewFile(name, content)} }

// place returns the range of a node.
func (t *text) place(n *yamlfile.Node) diag.Range {
	if t == nil || !n.Start.IsValid() {
		return diag.Range{}
	}
	return t.Range(n)
}

// errorAt returns an error about a node.
func (t *text) errorAt(n *yamlfile.Node, hint, format string, args ...any) *diag.Diagnostic {
	return t.errorIn(t.place(n), hint, format, args...)
}

// errorIn returns an error about a range.
func (t *text) errorIn(at diag.Range, hint, format string, args ...any) *diag.Diagnostic {
	d := &diag.Diagnostic{Range: at, Message: fmt.Sprintf(format, args...), Hint: hint}
	if t != nil && at.File == t.Name {
		d.Line = t.Line(at.Start)
	}
	return d
}

// documents reads the YAML documents of a text, with what aliases stand for in
// their places. What is wrong with them is left out. After a mistake in the syntax
// there are those before it.
func (t *text) documents() ([]*yamlfile.Node, mistakes) {
	docs, bad := t.Documents()
	n, aliases := yamlfile.CheckAliases(docs)
	docs = docs[:n]
	c := cleaner{text: t, seen: map[*yamlfile.Node]bool{}}
	for i, root := range docs {
		docs[i] = c.clean(root, 0)
		if c.err != nil {
			return docs[:i], append(c.errs, c.err)
		}
	}
	switch {
	case aliases != nil:
		c.errs = append(c.errs, t.ErrorfAt(aliases.Range.Span().In(t.Name), "%s", aliases.Message))
	case bad != nil:
		bad.Message = "not YAML: " + bad.Message
		c.errs = append(c.errs, bad)
	}
	return docs, c.errs
}

// maxDepth is how deep a value can be nested, aliases followed.
const maxDepth = 300

// cleaner takes aliases out of a tree, and refuses keys that are no texts, stand twice
// or merge.
type cleaner struct {
	text *text
	// seen are the nodes that are clean.
	seen map[*yamlfile.Node]bool
	// err is the first mistake after which nothing can be read, errs are others.
	err  *diag.Diagnostic
	errs mistakes
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
		return c.clean(n.Alias, depth+1)
	case c.seen[n]:
		return n
	}
	c.seen[n] = true
	for i, child := range n.Content {
		n.Content[i] = c.clean(child, depth+1)
	}
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
			c.note(key, "", "a key is text, not %s", key.Describe())
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
			if n.Content[i+1].IsNull() {
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
