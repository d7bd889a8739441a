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
	"github.com/falcorules/falcorules/loader"
)

// check holds a tree against a shape, reports what does not fit and takes it out of the
// tree, so that the rest can be read. It returns false where nothing is left that could
// be. The name is that of the value.
func (r *reader) check(n *yamlfile.Node, s *shape, name string) bool {
	fitting := s
	if !s.takes(n) {
		i := slices.IndexFunc(s.or, func(other *shape) bool { return other.takes(n) })
		if i < 0 {
			r.misfit(n, s, name)
			return false
		}
		fitting = s.or[i]
	}
	switch fitting.kind {
	case isText:
		if known := fitting.enum; known != nil && !slices.Contains(known, n.Value) {
			hint := hintOf(n.Value, known)
			if code := diag.Code(n.Value); loader.Describe(code) != "" {
				hint = fmt.Sprintf("write {%s: %s}", loader.SeverityOf(code), code)
			}
			r.fail(n, hint, "%s is %s, not %s", name, listed(shortEnum(known), "or"), quote.Text(n.Value))
			return false
		}
	case isList:
		n.Content = slices.DeleteFunc(n.Content, func(item *yamlfile.Node) bool { return !r.check(item, fitting.of, itemName(name)) })
	case isMapping:
		keep(n, func(key, value *yamlfile.Node) bool {
			good := r.check(value, fitting.of, quote.Name(key.Value))
			if !good && fitting.of.kind == isEvent { // whose name others may have
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

// keep keeps the keys of a mapping that are good.
func keep(n *yamlfile.Node, good func(key, value *yamlfile.Node) bool) {
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if good(n.Content[i], n.Content[i+1]) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}

// checkKeys looks at the keys of an object. It returns false where one is missing, or
// wrong, that it needs.
func (r *reader) checkKeys(n *yamlfile.Node, o *object) bool {
	wrong := map[string]bool{}
	keep(n, func(name, value *yamlfile.Node) bool {
		if k := o.key(name.Value); k != nil {
			wrong[name.Value] = !r.check(value, k.shape, k.name)
			return !wrong[name.Value]
		}
		hint := hintOf(name.Value, o.names())
		if hint == "" {
			hint = "there are " + listed(o.names(), "and")
		}
		r.fail(name, hint, "%s has no key %s", o.name, quote.Text(name.Value))
		return false
	})
	whole := true
	for _, k := range o.keys {
		if !k.required || n.Get(k.name) != nil {
			continue
		}
		if !wrong[k.name] {
			r.fail(n, "", "%s needs %s", o.name, k.name)
		}
		if k.name != "name" {
			whole = false
			continue
		}
		// So that the rest of a test can be looked at.
		made := &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!str", Value: fmt.Sprintf("(in line %d)", n.Start.Line), Start: n.Start}
		n.Content = append(n.Content, textNode(k.name), made)
	}
	return whole
}

// takes reports whether a node is of the kind of s.
func (s *shape) takes(n *yamlfile.Node) bool {
	tag := n.ShortTag()
	scalar := n.Kind == yamlfile.Scalar
	switch s.kind {
	case isText:
		return scalar && (tag == "!!str" || tag == "!!timestamp")
	case isScalar:
		return scalar && tag != "!!null"
	case isCount:
		_, ok := countOf(n)
		return ok
	case isTruth:
		return scalar && tag == "!!bool"
	case isNull:
		return scalar && tag == "!!null"
	case isList:
		return n.Kind == yamlfile.Sequence
	}
	return n.Kind == yamlfile.Mapping
}

// countOf returns a whole number from 1.
func countOf(n *yamlfile.Node) (int, bool) {
	count, err := strconv.Atoi(n.Value)
	return count, n.Kind == yamlfile.Scalar && n.ShortTag() == "!!int" && err == nil && count > 0 && count <= math.MaxInt32
}

// misfit reports a value of a wrong kind.
func (r *reader) misfit(n *yamlfile.Node, s *shape, name string) {
	words := []string{s.words()}
	takesText := s.kind == isText
	for _, other := range s.or {
		words = append(words, other.words())
		takesText = takesText || other.kind == isText
	}
	hint, kind := "", n.Describe()
	switch {
	case n.IsNull() && name == "expect":
		hint = "that nothing fires is []"
	case takesText && n.Kind == yamlfile.Scalar && !n.IsNull():
		hint = "put it in quotes to make it text"
	case s.kind == isCount && n.Kind == yamlfile.Scalar:
		kind = quote.Text(n.Value)
	}
	r.fail(n, hint, "%s is %s, not %s", name, listed(words, "or"), kind)
}

// words says what a shape takes, without its others.
func (s *shape) words() string {
	switch s.kind {
	case isText:
		if s.enum != nil {
			return strings.Join(shortEnum(s.enum), ", ")
		}
		return "text"
	case isScalar:
		return "one value"
	case isCount:
		return "a whole number from 1"
	case isTruth:
		return "true or false"
	case isNull:
		return "null"
	case isList:
		return "a list"
	}
	return "a mapping"
}

// shortEnum leaves out the texts that differ from an earlier one in letter case
// alone.
func shortEnum(enum []string) []string {
	var out []string
	for _, text := range enum {
		if !slices.ContainsFunc(out, func(s string) bool { return strings.EqualFold(s, text) }) {
			out = append(out, text)
		}
	}
	return out
}

// itemName names an item of a list.
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

// hintOf suggests one of the names.
func hintOf(name string, names []string) string { return suggest.Hint(name, slices.Values(names)) }

// listed returns "a, b and c".
func listed(words []string, last string) string {
	n := len(words) - 1
	if n < 1 {
		return strings.Join(words, "")
	}
	return fmt.Sprintf("%s %s %s", strings.Join(words[:n], ", "), last, words[n])
}

// key returns the key of that name, or nil.
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
