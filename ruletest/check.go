package ruletest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/lint"
)

// check compares a tree with a shape. It reports what does not fit and removes it, so
// that the rest can be read. It returns false if nothing useful is left. The name
// describes the value in messages.
func (r *reader) check(n *yamlfile.Node, s *shape, name string) bool {
	fitting := s
	if !s.takes(n) {
		i := slices.IndexFunc(s.or, func(other *shape) bool { return other.takes(n) })
		if i < 0 {
			r.wrongType(n, s, name)
			return false
		}
		fitting = s.or[i]
	}
	switch fitting.kind {
	case isString:
		if known := fitting.enum; known != nil && !slices.Contains(known, n.Value) {
			hint := hintOf(n.Value, known)
			if code := diag.Code(n.Value); lint.Describe(code) != "" {
				hint = fmt.Sprintf("write {%s: %s}", lint.SeverityOf(code), code)
			}
			r.fail(n, hint, "%s must be %s, not %s", name, joinWords(shortEnum(known)), quote.Text(n.Value))
			return false
		}
	case isList:
		n.Content = slices.DeleteFunc(n.Content, func(item *yamlfile.Node) bool { return !r.check(item, fitting.of, itemName(name)) })
	case isMapping:
		keep(n, func(key, value *yamlfile.Node) bool {
			good := r.check(value, fitting.of, quote.Name(key.Value))
			if !good && fitting.of.kind == isEvent { // other events may extend it
				*value = yamlfile.Node{Kind: yamlfile.Mapping, Start: value.Start}
				good = true
			}
			return good
		})
	case isObject:
		return r.checkKeys(n, fitting.object)
	case isEvent:
		keep(n, func(key, value *yamlfile.Node) bool {
			k := eventObject.key(key.Value)
			return k == nil || r.check(value, k.shape, k.name)
		})
	}
	return true
}

// keep removes the keys of a mapping that are not good.
func keep(n *yamlfile.Node, good func(key, value *yamlfile.Node) bool) {
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if good(n.Content[i], n.Content[i+1]) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}

// checkKeys checks the keys of an object. It returns false if a required key is missing
// or invalid.
func (r *reader) checkKeys(n *yamlfile.Node, o *object) bool {
	wrong := map[string]bool{}
	keep(n, func(name, value *yamlfile.Node) bool {
		if k := o.key(name.Value); k != nil {
			wrong[name.Value] = !r.check(value, k.shape, k.name)
			return !wrong[name.Value]
		}
		hint := hintOf(name.Value, o.names())
		if hint == "" {
			hint = "known keys: " + strings.Join(o.names(), ", ")
		}
		r.fail(name, hint, "unknown key %s in %s", quote.Text(name.Value), o.name)
		return false
	})
	whole := true
	for _, k := range o.keys {
		if !k.required || n.Get(k.name) != nil {
			continue
		}
		if !wrong[k.name] {
			r.fail(n, "", "missing key %s in %s", quote.Text(k.name), o.name)
		}
		if k.name != "name" {
			whole = false
			continue
		}
		// A made-up name, so that the rest of the test can be checked.
		made := &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!str", Value: fmt.Sprintf("(line %d)", n.Start.Line), Start: n.Start}
		n.Content = append(n.Content, stringNode(k.name), made)
	}
	return whole
}

// takes reports whether a node has the type of s, ignoring alternatives.
func (s *shape) takes(n *yamlfile.Node) bool {
	tag := n.ShortTag()
	scalar := n.Kind == yamlfile.Scalar
	switch s.kind {
	case isString:
		return scalar && (tag == "!!str" || tag == "!!timestamp")
	case isScalar:
		return scalar && tag != "!!null"
	case isCount:
		_, ok := countOf(n)
		return ok
	case isBool:
		return scalar && tag == "!!bool"
	case isNull:
		return scalar && tag == "!!null"
	case isList:
		return n.Kind == yamlfile.Sequence
	}
	return n.Kind == yamlfile.Mapping
}

// countOf returns the value of a node that is a positive integer.
func countOf(n *yamlfile.Node) (int, bool) {
	count, err := strconv.Atoi(n.Value)
	return count, n.Kind == yamlfile.Scalar && n.ShortTag() == "!!int" && err == nil && count > 0 && count <= math.MaxInt32
}

// wrongType reports a value of the wrong type.
func (r *reader) wrongType(n *yamlfile.Node, s *shape, name string) {
	words := []string{s.describe()}
	takesString := s.kind == isString
	for _, other := range s.or {
		words = append(words, other.describe())
		takesString = takesString || other.kind == isString
	}
	hint, kind := "", n.Describe()
	switch {
	case n.IsNull() && name == "expect":
		hint = "write expect: [] if nothing should fire"
	case takesString && n.Kind == yamlfile.Scalar && !n.IsNull():
		hint = "put it in quotes to make it text"
	case s.kind == isCount && n.Kind == yamlfile.Scalar:
		kind = quote.Text(n.Value)
	}
	r.fail(n, hint, "%s must be %s, not %s", name, joinWords(words), kind)
}

// describe names the type of a shape, without its alternatives.
func (s *shape) describe() string {
	switch s.kind {
	case isString:
		if s.enum != nil {
			return strings.Join(shortEnum(s.enum), ", ")
		}
		return "text"
	case isScalar:
		return "a single value"
	case isCount:
		return "a positive integer"
	case isBool:
		return "true or false"
	case isNull:
		return "null"
	case isList:
		return "a list"
	}
	return "a mapping"
}

// shortEnum leaves out strings that differ from an earlier one only in letter case.
func shortEnum(enum []string) []string {
	var out []string
	for _, text := range enum {
		if !slices.ContainsFunc(out, func(s string) bool { return strings.EqualFold(s, text) }) {
			out = append(out, text)
		}
	}
	return out
}

// itemName describes an item of a list.
func itemName(list string) string {
	switch list {
	case "tests":
		return "a test"
	case "cases":
		return "a case"
	case "events":
		return "an event"
	case "expect":
		return "an expectation"
	}
	return "an item of " + list
}

func hintOf(name string, names []string) string { return suggest.Hint(name, slices.Values(names)) }

// joinWords returns "a, b or c".
func joinWords(words []string) string {
	n := len(words) - 1
	if n < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n], ", ") + " or " + words[n]
}

// key returns the key with that name, or nil.
func (o *object) key(name string) *key {
	i := slices.IndexFunc(o.keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return &o.keys[i]
}

func (o *object) names() []string {
	var names []string
	for _, k := range o.keys {
		names = append(names, k.name)
	}
	return names
}
