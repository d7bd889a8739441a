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

// text is the content of a suite's file. It is nil for suites that are Go values.
type text struct{ *yamlfile.File }

func newText(name string, content []byte) *text { return &text{yamlfile.NewFile(name, content)} }

func (t *text) rangeOf(n *yamlfile.Node) diag.Range {
	if t == nil || !n.Start.IsValid() {
		return diag.Range{}
	}
	return t.Range(n)
}

func (t *text) errorAt(n *yamlfile.Node, hint, format string, args ...any) *diag.Diagnostic {
	return t.errorIn(t.rangeOf(n), hint, format, args...)
}

func (t *text) errorIn(at diag.Range, hint, format string, args ...any) *diag.Diagnostic {
	d := &diag.Diagnostic{Range: at, Message: fmt.Sprintf(format, args...), Hint: hint}
	if t != nil && at.File == t.Name {
		d.Line = t.Line(at.Start)
	}
	return d
}

// documents parses the YAML documents and replaces aliases by their values. Invalid
// parts are reported and left out. After a syntax error, documents returns what was
// before it.
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

// maxDepth limits the nesting of values, after aliases are replaced.
const maxDepth = 300

// cleaner replaces aliases in a tree. It reports and removes keys that are not strings,
// duplicate keys and merge keys.
type cleaner struct {
	text *text
	// seen has the nodes that are clean.
	seen map[*yamlfile.Node]bool
	// err is the error that ends cleaning, and errs are the others.
	err  *diag.Diagnostic
	errs mistakes
}

// fail reports an error that ends cleaning.
func (c *cleaner) fail(n *yamlfile.Node, hint, format string, args ...any) *yamlfile.Node {
	if c.err == nil {
		c.err = c.text.errorAt(n, hint, format, args...)
	}
	return n
}

// note reports an error that does not.
func (c *cleaner) note(n *yamlfile.Node, hint, format string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, c.text.errorAt(n, hint, format, args...))
	}
}

// clean returns n, or what it is an alias of.
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

// binary decodes a !!binary scalar: names of rules and values of fields need not be
// UTF-8.
func (c *cleaner) binary(n *yamlfile.Node) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
	if err != nil {
		c.note(n, "", "invalid !!binary value %s: not base64", quote.Text(n.Value))
		raw = nil
	}
	n.Tag, n.Value = "!!str", string(raw)
}

// keys checks the keys of a mapping and removes invalid ones.
func (c *cleaner) keys(n *yamlfile.Node) {
	seen := make(map[string]bool, len(n.Content)/2)
	good := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yamlfile.Scalar:
			c.note(key, "", "a key must be text, not %s", key.Describe())
		case key.ShortTag() == "!!merge":
			c.note(key, "use extends to base an event on another", "merge keys (<<) are not supported")
		case seen[key.Value]:
			c.note(key, "", "duplicate key %s", quote.Text(key.Value))
		default:
			good = append(good, key, n.Content[i+1])
		}
		seen[key.Value] = true
	}
	n.Content = good
}

// without returns a copy of a mapping that lacks a key.
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

// appendJSON appends a tree without aliases as JSON. Numbers that JSON cannot represent
// become strings. Keys whose value is null are left out: null means that there is no
// value.
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
