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
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Event is an event of a test, or a file of events.
type Event struct {
	// layers are merged in order; later ones win. A file has none.
	layers []*yamlfile.Node
	file   string
	where  string // selects events of the file; empty means all
	at     diag.Range
	err    error // reported when the event is used
}

// Fields maps fields, such as evt.type or proc.aname[2], to values; see [Fixture] for
// their types.
type Fields map[string]any

// Fixture returns an event of a source. If source is empty, the event has the source of
// the suite, or of the event that it is merged into by [Event.With]. Values are strings,
// numbers, booleans, nil, slices of these, and maps with string keys.
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

// nodeOf returns a value as if it had been read from YAML.
func nodeOf(v reflect.Value, depth int) (*yamlfile.Node, error) {
	if depth > schema.MaxDepth {
		return nil, fmt.Errorf("event values are nested more than %d levels deep", schema.MaxDepth)
	}
	switch v.Kind() {
	case reflect.Invalid:
		return &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!null", Value: "null"}, nil
	case reflect.Interface, reflect.Pointer:
		return nodeOf(v.Elem(), depth+1)
	case reflect.String:
		return stringNode(v.String()), nil
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
	return nil, fmt.Errorf("unsupported type %s in an event", v.Type())
}

// mapNode returns a mapping with sorted keys.
func mapNode(v reflect.Value, depth int) (*yamlfile.Node, error) {
	n := &yamlfile.Node{Kind: yamlfile.Mapping, Tag: "!!map"}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		value, err := nodeOf(v.MapIndex(key), depth+1)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, stringNode(key.String()), value)
	}
	return n, nil
}

// ParseEvent returns an event from JSON or YAML: a fixture or a Kubernetes audit event.
// Mistakes in the text are reported when the event is used.
func ParseEvent(text string) Event {
	c := newText("", []byte(text)).checker()
	docs := c.Documents()
	switch {
	case len(c.Errors) > 0:
		return Event{err: fmt.Errorf("line %d: %s", c.Errors[0].Range.Start.Line, c.Errors[0].Message)}
	case len(docs) != 1:
		return Event{err: fmt.Errorf("want one event, got %d", len(docs))}
	case docs[0].Get("file") != nil:
		return Event{err: errors.New("file is not supported here: use EventFile")}
	case docs[0].Get("where") != nil:
		return Event{err: errors.New("where is not supported here: use EventFile and Where")}
	case docs[0].Get("extends") != nil:
		return Event{err: errors.New("extends is not supported here: use With")}
	}
	return Event{layers: docs}
}

// EventFile returns the events of a file: a capture of system calls, YAML if its name ends in
// .yaml or .yml, and JSON otherwise. The path is relative to the suite's folder.
func EventFile(path string) Event { return Event{file: path} }

// Where returns only those events of an [EventFile] that match a condition. The other ones do
// not reach the rules.
func (e Event) Where(condition string) Event {
	switch {
	case e.err != nil:
	case e.file == "":
		return Event{err: errors.New("where selects events of a file")}
	case strings.TrimSpace(condition) == "":
		return Event{err: errors.New("where is empty")}
	}
	e.where = condition
	return e
}

// With returns the event with the values of over merged into it, mappings key by key. A
// null or nil removes a group, and for a field means that the field has no value. With
// cannot change the events of an [EventFile]; the suite is then invalid.
func (e Event) With(over Event) Event {
	switch {
	case e.err != nil:
		return e
	case over.err != nil:
		return over
	case e.file != "" || over.file != "":
		return Event{err: errors.New("the events of a file cannot be changed")}
	}
	layers := append(e.layers[:len(e.layers):len(e.layers)], over.layers...)
	return Event{layers: layers, at: over.at}
}

// value merges the layers.
func (e Event) value() *yamlfile.Node {
	value := e.layers[0]
	for _, over := range e.layers[1:] {
		value = overlay.Put(over, value)
	}
	return value
}

func isJSONNumber(text string) bool { return json.Valid([]byte(text)) }

func appendJSONString(dst []byte, text string) []byte {
	quoted, _ := json.Marshal(text) // never fails for a string
	return append(dst, quoted...)
}
