package ruletest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
)

// check holds a tree against a shape, and reports what does not fit. The name is
// that of the value.
func (r *reader) check(n *yaml.Node, s *shape, name string) {
	fitting := s
	if !s.takes(n) {
		i := slices.IndexFunc(s.or, func(other *shape) bool { return other.takes(n) })
		if i < 0 {
			r.misfit(n, s, name)
			return
		}
		fitting = s.or[i]
	}
	switch fitting.kind {
	case isText:
		if known := fitting.enum; known != nil && !slices.Contains(known, n.Value) {
			hint := hintOf(n.Value, known)
			if code := loader.Code(n.Value); code.Description() != "" {
				hint = fmt.Sprintf("write {%s: %s}", code.Severity(), code)
			}
			r.fail(n, hint, "%s is %s, not %s", name, listed(shortEnum(known), "or"), quote.Text(n.Value))
		}
	case isList:
		for _, item := range n.Content {
			r.check(item, fitting.of, itemName(name))
		}
	case isMapping:
		for i := 0; i+1 < len(n.Content); i += 2 {
			r.check(n.Content[i+1], fitting.of, quote.Name(n.Content[i].Value))
		}
	case isObject:
		r.checkKeys(n, fitting.object)
	case isEvent:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if k := eventObject.key(n.Content[i].Value); k != nil {
				r.check(n.Content[i+1], k.shape, k.name)
			}
		}
	}
}

// checkKeys looks at the keys of an object.
func (r *reader) checkKeys(n *yaml.Node, o *object) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if k := o.key(name.Value); k != nil {
			r.check(n.Content[i+1], k.shape, k.name)
			continue
		}
		hint := hintOf(name.Value, o.names())
		if hint == "" {
			hint = "there are " + listed(o.names(), "and")
		}
		r.fail(name, hint, "%s has no key %s", o.name, quote.Text(name.Value))
	}
	for _, k := range o.keys {
		if k.required && valueOf(n, k.name) == nil {
			r.fail(n, "", "%s needs %s", o.name, k.name)
		}
	}
}

// takes reports whether a node is of the kind of s.
func (s *shape) takes(n *yaml.Node) bool {
	tag := n.ShortTag()
	scalar := n.Kind == yaml.ScalarNode
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
		return n.Kind == yaml.SequenceNode
	}
	return n.Kind == yaml.MappingNode
}

// countOf returns a whole number from 1.
func countOf(n *yaml.Node) (int, bool) {
	count, err := strconv.Atoi(n.Value)
	return count, n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" && err == nil && count > 0 && count <= math.MaxInt32
}

// misfit reports a value of a wrong kind.
func (r *reader) misfit(n *yaml.Node, s *shape, name string) {
	words := []string{s.words()}
	takesText := s.kind == isText
	for _, other := range s.or {
		words = append(words, other.words())
		takesText = takesText || other.kind == isText
	}
	hint, kind := "", kindOf(n)
	switch {
	case kind == "nothing" && name == "expect":
		hint = "that nothing fires is []"
	case takesText && n.Kind == yaml.ScalarNode && kind != "nothing":
		hint = "put it in quotes to make it text"
	case s.kind == isCount && n.Kind == yaml.ScalarNode:
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
