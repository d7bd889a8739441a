package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/alerttext"
	"github.com/falcorules/falcorules/internal/overlay"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// ErrRules reports a rules file in place of a file with events.
var ErrRules = errors.New("expected events, found a rules file")

// eventsOf returns the events in a part of a test suite, with the same defaults as in
// suites.
func eventsOf(content *yamlfile.Node) *yamlfile.Node {
	if content.Kind == yamlfile.Sequence {
		for i, item := range content.Content {
			content.Content[i] = eventOf(item)
		}
	}
	return eventOf(content)
}

func eventOf(n *yamlfile.Node) *yamlfile.Node {
	for i := 0; n.Kind == yamlfile.Mapping && i+1 < len(n.Content); i += 2 {
		if key := n.Content[i].Value; key == "event" || key == "events" {
			return suiteEvent(n.Content[i+1])
		}
	}
	return n
}

// suiteEvent returns an event of a suite, or a list of events, with the defaults of
// audit events.
func suiteEvent(n *yamlfile.Node) *yamlfile.Node {
	switch {
	case n.Kind == yamlfile.Sequence:
		for i, item := range n.Content {
			n.Content[i] = suiteEvent(item)
		}
	case isAudit(n):
		whole := *overlay.Put(n, overlay.Audit)
		whole.Start, whole.End = n.Start, n.End
		return &whole
	}
	return n
}

// yaml decodes the documents of the record, up to the first syntax error. Of each
// document it decodes the part that pick returns.
func (d *decoder) yaml(pick func(*yamlfile.Node) *yamlfile.Node) {
	docs, bad := yamlfile.Read(d.rec.Raw)
	for _, content := range docs {
		if isRules(content) {
			d.problems = append(d.problems, inputError(d.rec.Name, ErrRules))
			return
		}
		d.yamlDocument(pick(content))
		if d.stopped != nil {
			return
		}
	}
	if bad != nil {
		problem := inputError(d.rec.Name, bad)
		problem.Message, problem.Range = "invalid YAML: "+bad.Message, d.rec.in(bad.Range.Span())
		d.problems = append(d.problems, problem)
	}
}

// yamlDocument decodes one document.
func (d *decoder) yamlDocument(content *yamlfile.Node) {
	events := []*yamlfile.Node{content}
	switch {
	case content.IsNull():
		return
	case content.Kind == yamlfile.Sequence:
		events = content.Content
	}
	for _, event := range events {
		if d.stopped != nil {
			return
		}
		at := d.rec.in(diag.Span{Start: event.Start})
		if size := sizeOf(event); size > d.options.MaxEventSize {
			d.report(at, fmt.Sprintf("value of %d bytes exceeds the limit of %d", size, d.options.MaxEventSize), "", nil)
			continue
		}
		if msg, ok := alerttext.InYAML(event); ok {
			d.report(at, msg, alerttext.Hint, nil)
			continue
		}
		if d.options.Source == k8saudit.SourceName && isAudit(event) {
			d.auditYAML(event)
			continue
		}
		ev, err := d.fixtures.DecodeNode(event)
		d.fixture(d.rec, ev, err)
	}
}

// isAudit reports whether a node is an audit event or an EventList.
func isAudit(n *yamlfile.Node) bool {
	if kind := n.Get("kind"); kind != nil && (kind.Value == "Event" || kind.Value == "EventList") {
		return true
	}
	id := n.Get("auditID")
	return id != nil && (id.Value != "" || id.Kind == yamlfile.Mapping)
}

// auditYAML decodes an audit event in YAML.
func (d *decoder) auditYAML(n *yamlfile.Node) {
	at := d.rec.in(diag.Span{Start: n.Start})
	var value any
	if err := n.Decode(&value); err != nil {
		d.report(at, "not an audit event: "+strings.TrimPrefix(err.Error(), "yaml: "), "", err)
		return
	}
	raw, err := json.Marshal(value)
	if err != nil {
		d.report(at, "not an audit event: keys must be text, as in JSON", "", err)
		return
	}
	d.json(&Record{Raw: raw, Name: d.rec.Name, Pos: at.Start})
}

// sizeOf returns the approximate size of a value as JSON.
func sizeOf(n *yamlfile.Node) int {
	size := len(n.Value) + len(`"",`)
	for _, child := range n.Content {
		size += sizeOf(child)
	}
	return size
}

// isRules reports whether a document is from a rules file.
func isRules(n *yamlfile.Node) bool {
	if n.Kind != yamlfile.Sequence || len(n.Content) == 0 || n.Content[0].Kind != yamlfile.Mapping {
		return false
	}
	return slices.ContainsFunc(n.Content[0].Content, func(key *yamlfile.Node) bool {
		return slices.Contains([]string{"rule", "macro", "list", "required_engine_version", "required_plugin_versions"}, key.Value)
	})
}
