package solve

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Event is the values of a fixture by the names of fields.
type Event map[string]*yamlfile.Node

// Names returns the names of the fields, sorted, but with evt.type first.
func (e Event) Names() []string {
	rank := func(name string) int {
		if name == eventType {
			return 0
		}
		return 1
	}
	return slices.SortedFunc(maps.Keys(e), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}

const eventType = "evt.type"

// Fixture returns the event as a fixture for package fixture.
func (e Event) Fixture(source string) *yamlfile.Node {
	fields := &yamlfile.Node{Kind: yamlfile.Mapping}
	for _, name := range e.Names() {
		fields.Content = append(fields.Content, text(name), e[name])
	}
	return &yamlfile.Node{Kind: yamlfile.Mapping, Content: []*yamlfile.Node{text("source"), text(source), text("fields"), fields}}
}

// with returns a copy of the event with an edit applied.
func (e Event) with(changes edit) Event {
	out := maps.Clone(e)
	for _, c := range changes {
		if c.value == nil {
			delete(out, c.field)
		} else {
			out[c.field] = c.value
		}
	}
	return out
}

// text returns the text of a field, or "" if its value is not a scalar.
func (e Event) text(field string) string {
	if n := e[field]; n != nil && n.Kind == yamlfile.Scalar {
		return n.Value
	}
	return ""
}

// texts returns the values of the event as texts, without null values.
func (e Event) texts() map[string][]string {
	out := make(map[string][]string, len(e))
	for name, n := range e {
		switch {
		case n.Kind == yamlfile.Scalar && n.Tag != "!!null":
			out[name] = []string{n.Value}
		case n.Kind == yamlfile.Sequence:
			for _, item := range n.Content {
				out[name] = append(out[name], item.Value)
			}
		}
	}
	return out
}

// edit is a list of changes to an event.
type edit []change

// change sets a field to a value, or removes it if the value is nil.
type change struct {
	field string
	value *yamlfile.Node
}

// same reports whether two nodes are the same value.
func same(a, b *yamlfile.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, same)
}

// text returns a node for a text, even if it is not UTF-8.
func text(s string) *yamlfile.Node {
	n := yamlfile.Text(s)
	if n.Tag == "!!binary" {
		n.Tag, n.Value = "!!str", s
	}
	return n
}

func truth(b bool) *yamlfile.Node {
	return &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!bool", Value: strconv.FormatBool(b)}
}

// number returns a node for a number.
func number(digits string) *yamlfile.Node {
	tag := "!!int"
	if _, err := strconv.ParseInt(digits, 0, 64); err != nil {
		if _, err := strconv.ParseUint(digits, 0, 64); err != nil {
			tag = "!!float"
		}
	}
	return &yamlfile.Node{Kind: yamlfile.Scalar, Tag: tag, Value: digits}
}

func list(items ...*yamlfile.Node) *yamlfile.Node {
	return &yamlfile.Node{Kind: yamlfile.Sequence, Style: yamlfile.Flow, Content: items}
}
