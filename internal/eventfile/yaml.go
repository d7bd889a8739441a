package eventfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/jsonstream"
	"github.com/falcorules/falcorules/internal/overlay"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// SyntaxError says where a file is no YAML, which ends it.
type SyntaxError struct {
	// Line and Column count from 1, the column in bytes; a column of 0 is not known.
	Line, Column int
	Msg          string
}

func (e *SyntaxError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("%d: %s", e.Line, e.Msg)
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg)
}

// ErrRules is the error of a rules file that is read for events.
var ErrRules = errors.New("no file of events; each rules file is named with a flag of its own: -r FILE")

// YAML makes the events of a YAML file: each document is one, or a sequence of
// them. The error says why it is not read to its end; a [*SyntaxError] says where.
// The events before it count.
func (d *Decoder) YAML(text []byte) error {
	return d.documents(text, func(content *yamlfile.Node) *yamlfile.Node { return content })
}

// Pasted makes the events of a YAML text as it stands in a test suite: an event, a
// sequence of them, or either with its key event or events before it. With that key,
// audit events have what suites give them. The error is that of [Decoder.YAML].
func (d *Decoder) Pasted(text []byte) error {
	return d.documents(text, func(content *yamlfile.Node) *yamlfile.Node {
		if content.Kind == yamlfile.Sequence {
			for i, item := range content.Content {
				content.Content[i] = eventOf(item)
			}
		}
		return eventOf(content)
	})
}

// eventOf returns what a mapping has as event or events, and others as they are.
func eventOf(n *yamlfile.Node) *yamlfile.Node {
	for i := 0; n.Kind == yamlfile.Mapping && i+1 < len(n.Content); i += 2 {
		if key := n.Content[i].Value; key == "event" || key == "events" {
			return suiteEvent(n.Content[i+1])
		}
	}
	return n
}

// suiteEvent returns an event of a suite, or a sequence of them, with [UsualAudit] in
// audit events.
func suiteEvent(n *yamlfile.Node) *yamlfile.Node {
	switch {
	case n.Kind == yamlfile.Sequence:
		for i, item := range n.Content {
			n.Content[i] = suiteEvent(item)
		}
	case isAudit(n):
		whole := *overlay.Put(n, UsualAudit)
		whole.Start, whole.End = n.Start, n.End
		return &whole
	}
	return n
}

// UsualAudit has what every audit event has, and no test of rules cares about: without
// an ID no field has a value.
var UsualAudit = &yamlfile.Node{Kind: yamlfile.Mapping, Content: []*yamlfile.Node{
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "auditID"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "00000000-0000-0000-0000-000000000000"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "stageTimestamp"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "1970-01-01T00:00:00Z"},
}}

// documents makes the events of what is picked of each document.
func (d *Decoder) documents(text []byte, pick func(*yamlfile.Node) *yamlfile.Node) error {
	docs, bad := yamlfile.Read(text)
	for _, content := range docs {
		if isRules(content) {
			return ErrRules
		}
		d.yamlDocument(pick(content))
	}
	if bad != nil {
		return &SyntaxError{bad.Range.Start.Line, bad.Range.Start.Column, "not YAML: " + bad.Message}
	}
	return nil
}

// yamlDocument makes the events of one document.
func (d *Decoder) yamlDocument(content *yamlfile.Node) {
	events := []*yamlfile.Node{content}
	switch {
	case content.IsNull():
		return
	case content.Kind == yamlfile.Sequence:
		events = content.Content
	}
	for _, event := range events {
		if size := sizeOf(event); size > d.options.MaxEventSize {
			d.Report(Problem{Line: event.Start.Line, Column: event.Start.Column, Msg: fmt.Sprintf("a value of %d bytes, more than the limit of %d", size, d.options.MaxEventSize)})
			continue
		}
		if msg := Alert(event); msg != "" {
			d.Report(Problem{Line: event.Start.Line, Column: event.Start.Column, Msg: msg})
			continue
		}
		if d.options.Source == k8saudit.SourceName && isAudit(event) {
			d.auditYAML(event)
			continue
		}
		ev, err := d.fixtures.DecodeNode(event)
		d.fixture(jsonstream.Piece{Line: 1, Column: 1}, ev, err)
	}
}

// Alert says what an alert of Falco is that stands where an event should; nothing of
// what is no alert.
func Alert(n *yamlfile.Node) string {
	rule := yamlText(n, "rule")
	if rule == "" || yamlText(n, "output_fields") == "" && yamlText(n, "priority") == "" {
		return ""
	}
	return anAlert(rule)
}

// yamlText returns the text of a key of a mapping, "{}" where it is an object; nothing
// where there is none.
func yamlText(n *yamlfile.Node, key string) string {
	for i := 0; n.Kind == yamlfile.Mapping && i+1 < len(n.Content); i += 2 {
		switch v := n.Content[i+1]; {
		case n.Content[i].Value != key:
		case v.Kind == yamlfile.Mapping:
			return "{}"
		default:
			return v.Value
		}
	}
	return ""
}

// isAudit reports whether a mapping is an audit event, or a list of them.
func isAudit(n *yamlfile.Node) bool {
	kind := yamlText(n, "kind")
	return kind == "Event" || kind == "EventList" || yamlText(n, "auditID") != ""
}

// auditYAML makes the events of an audit event that is written in YAML.
func (d *Decoder) auditYAML(n *yamlfile.Node) {
	var value any
	if err := n.Decode(&value); err != nil {
		d.Report(Problem{Line: n.Start.Line, Column: n.Start.Column, Msg: "not an audit event: " + strings.TrimPrefix(err.Error(), "yaml: ")})
		return
	}
	raw, err := json.Marshal(value)
	if err != nil {
		d.Report(Problem{Line: n.Start.Line, Column: n.Start.Column, Msg: "an audit event has texts for keys, as JSON has"})
		return
	}
	d.JSON(jsonstream.Piece{Raw: raw, Line: n.Start.Line, Column: n.Start.Column})
}

// sizeOf returns about how many bytes a value has as JSON.
func sizeOf(n *yamlfile.Node) int {
	size := len(n.Value) + len(`"",`)
	for _, child := range n.Content {
		size += sizeOf(child)
	}
	return size
}

// isRules reports whether a document is one of a rules file.
func isRules(n *yamlfile.Node) bool {
	if n.Kind != yamlfile.Sequence || len(n.Content) == 0 || n.Content[0].Kind != yamlfile.Mapping {
		return false
	}
	return slices.ContainsFunc(n.Content[0].Content, func(key *yamlfile.Node) bool {
		return slices.Contains([]string{"rule", "macro", "list", "required_engine_version", "required_plugin_versions"}, key.Value)
	})
}
