package ruletest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/overlay"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Event is an event that is written down, or a file of them.
type Event struct {
	// layers are put over each other, the first lowest; none for a file.
	layers []*yamlfile.Node
	file   string
	at     diag.Range
	err    error // of what is no event
}

// Fields are values of fields by name, such as evt.type or proc.aname[2].
type Fields map[string]any

// Fixture returns an event of a source; an empty one is the suite's, or that of the event
// which this is put over. Values are texts, numbers, truths, nil, and slices of them and
// maps by names.
func Fixture(source string, fields Fields) Event {
	value := map[string]any{"fields": map[string]any(fields)}
	if source != "" {
		value["source"] = source
	}
	n, err := nodeOf(reflect.ValueOf(value), 0)
	if err != nil {
		return Event{err: err}
	}
	return Event{layers: []*yamlfile.Node{n}}
}

// nodeOf returns a value as it would be read of YAML.
func nodeOf(v reflect.Value, depth int) (*yamlfile.Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the values of an event are nested more than %d levels deep", maxDepth)
	}
	switch v.Kind() {
	case reflect.Invalid:
		return &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!null", Value: "null"}, nil
	case reflect.Interface, reflect.Pointer:
		return nodeOf(v.Elem(), depth+1)
	case reflect.String:
		return textNode(v.String()), nil
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return yamlfile.ScalarOf(v.Interface())
	case reflect.Slice, reflect.Array:
		n := &yamlfile.Node{Kind: yamlfile.Sequence, Tag: "!!seq"}
		for i := range v.Len() {
			item, err := nodeOf(v.Index(i), depth+1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		return n, nil
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String {
			return mapNode(v, depth)
		}
	}
	return nil, fmt.Errorf("an event has no value of type %s", v.Type())
}

// mapNode returns a map in the order of its names.
func mapNode(v reflect.Value, depth int) (*yamlfile.Node, error) {
	n := &yamlfile.Node{Kind: yamlfile.Mapping, Tag: "!!map"}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		value, err := nodeOf(v.MapIndex(key), depth+1)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, textNode(key.String()), value)
	}
	return n, nil
}

// ParseEvent returns an event of a text, JSON or YAML: a fixture, flat or in groups,
// or an audit event. What is wrong with the text is said when the event is used.
func ParseEvent(text string) Event {
	docs, err := newText("", []byte(text)).documents()
	switch {
	case err != nil:
		return Event{err: fmt.Errorf("line %d: %s", err[0].Range.Start.Line, err[0].Message)}
	case len(docs) != 1:
		return Event{err: fmt.Errorf("the text has %d events, not one", len(docs))}
	case docs[0].Get("file") != nil:
		return Event{err: errors.New("the text names a file, which EventFile does")}
	case docs[0].Get("extends") != nil:
		return Event{err: errors.New("the text extends an event, which With does")}
	}
	return Event{layers: docs}
}

// EventFile returns the events of a file, JSON or, by its ending, YAML. The path is
// relative to the suite's folder.
func EventFile(path string) Event { return Event{file: path} }

// With returns the event with the values of another put over its own: mappings key
// by key. Null, or nil, takes a group away, and says of a value that there is none.
// Files cannot be changed so.
func (e Event) With(over Event) Event {
	switch {
	case e.err != nil:
		return e
	case over.err != nil:
		return over
	case e.file != "" || over.file != "":
		return Event{err: errors.New("nothing can be put over the events of a file")}
	}
	layers := append(e.layers[:len(e.layers):len(e.layers)], over.layers...)
	return Event{layers: layers, at: over.at}
}

// value returns the event as a whole.
func (e Event) value() *yamlfile.Node {
	value := e.layers[0]
	for _, over := range e.layers[1:] {
		value = overlay.Put(over, value)
	}
	return value
}

func isJSONNumber(text string) bool { return json.Valid([]byte(text)) }

func appendJSONString(dst []byte, text string) []byte {
	quoted, _ := json.Marshal(text) // as a string always can be
	return append(dst, quoted...)
}
