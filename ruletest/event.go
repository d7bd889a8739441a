package ruletest

import (
	"encoding/json"
	"errors"
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/overlay"
	"github.com/falcorules/falcorules/loader"
)

// Event is an event that is written down, or a file of them.
type Event struct {
	// layers are put over each other, the first lowest; none for a file.
	layers []*yaml.Node
	file   string
	at     loader.Position
	err    error // of what is no event
}

// Fields are values of fields by name, such as evt.type or proc.aname[2].
type Fields map[string]any

// Fixture returns an event of a source. Values are texts, numbers, truths, nil, and
// slices of them.
func Fixture(source string, fields Fields) Event {
	return eventOf(map[string]any{"source": source, "fields": map[string]any(fields)})
}

func eventOf(value any) Event {
	n := new(yaml.Node)
	if err := n.Encode(value); err != nil {
		return Event{err: err}
	}
	return Event{layers: []*yaml.Node{n}}
}

// ParseEvent returns an event of a text, JSON or YAML: a fixture, flat or in groups,
// or an audit event. What is wrong with the text is said when the event is used.
func ParseEvent(text string) Event {
	docs, err := newText("", text).documents(text)
	switch {
	case err != nil:
		return Event{err: fmt.Errorf("line %d: %s", err.Position.Line, err.Msg)}
	case len(docs) != 1:
		return Event{err: fmt.Errorf("the text has %d events, not one", len(docs))}
	}
	return Event{layers: docs}
}

// EventFile returns the events of a file, JSON or, by its ending, YAML. The path is
// relative to the suite's folder.
func EventFile(path string) Event { return Event{file: path} }

// With returns the event with the values of another put over its own: mappings key
// by key, and null takes a value away. Files cannot be changed so.
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
func (e Event) value() *yaml.Node {
	value := e.layers[0]
	for _, over := range e.layers[1:] {
		value = overlay.Put(over, value)
	}
	return value
}

// isAudit reports whether an event is one of Kubernetes' audit log; all else are
// fixtures.
func isAudit(n *yaml.Node) bool {
	for _, key := range []string{"kind", "auditID", "stageTimestamp"} {
		if valueOf(n, key) != nil {
			return true
		}
	}
	return false
}

func isJSONNumber(text string) bool { return json.Valid([]byte(text)) }

func appendJSONString(dst []byte, text string) []byte {
	quoted, _ := json.Marshal(text) // as a string always can be
	return append(dst, quoted...)
}
