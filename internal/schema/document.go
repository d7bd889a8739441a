package schema

import (
	"encoding/base64"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// MaxDepth limits the nesting of values, after aliases are replaced.
const MaxDepth = 300

// Documents parses the YAML documents of the file and replaces aliases by their values. It
// reports invalid parts and leaves them out. After a syntax error, it returns what was
// before it.
func (c *Checker) Documents() []*yamlfile.Node {
	docs, bad := c.File.Documents()
	n, aliases := yamlfile.CheckAliases(docs)
	docs = docs[:n]
	clean := cleaner{Checker: c, seen: map[*yamlfile.Node]bool{}}
	for i, root := range docs {
		docs[i] = clean.clean(root, 0)
		if clean.err != nil {
			c.Errors = append(c.Errors, clean.err)
			return docs[:i]
		}
	}
	switch {
	case aliases != nil:
		c.Errors = append(c.Errors, c.File.ErrorfAt(aliases.Range.Span().In(c.File.Name), "%s", aliases.Message))
	case bad != nil:
		bad.Message = "invalid YAML: " + bad.Message
		c.Errors = append(c.Errors, bad)
	}
	return docs
}

// cleaner replaces aliases in a tree. It reports and removes keys that are not strings,
// duplicate keys and merge keys.
type cleaner struct {
	*Checker
	// seen has the nodes that are clean.
	seen map[*yamlfile.Node]bool
	// err is the error that ends cleaning.
	err *diag.Diagnostic
}

// clean returns n, or what it is an alias of.
func (c *cleaner) clean(n *yamlfile.Node, depth int) *yamlfile.Node {
	switch {
	case c.err != nil:
		return n
	case depth > MaxDepth:
		c.err = c.errorAt(n, "", "nested more than %d levels deep", MaxDepth)
		return n
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
		c.checkKeys(n)
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
		c.Fail(n, "", "invalid !!binary value %s: not base64", quote.Text(n.Value))
		raw = nil
	}
	n.Tag, n.Value = "!!str", string(raw)
}

// checkKeys checks the keys of a mapping and removes invalid ones.
func (c *cleaner) checkKeys(n *yamlfile.Node) {
	seen := make(map[string]bool, len(n.Content)/2)
	good := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yamlfile.Scalar:
			c.Fail(key, "", "a key must be text, not %s", key.Describe())
		case key.ShortTag() == "!!merge":
			c.Fail(key, c.MergeHint, "merge keys (<<) are not supported")
		case seen[key.Value]:
			c.Fail(key, "", "duplicate key %s", quote.Text(key.Value))
		default:
			good = append(good, key, n.Content[i+1])
		}
		seen[key.Value] = true
	}
	n.Content = good
}
