// Package alerttext detects Falco alerts in inputs that should contain events.
package alerttext

import (
	"fmt"

	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Hint says what to do with an alert.
const Hint = "convert it to an event with falcorules fixture"

// InJSON reports whether a JSON value is an alert, and returns an error message for
// it.
func InJSON(n jsonfields.Node) (msg string, ok bool) {
	rule := n.Get("rule")
	if rule.Kind() != jsonfields.String || n.Get("output_fields").Kind() != jsonfields.Object && n.Get("priority").Kind() != jsonfields.String {
		return "", false
	}
	return message(rule.Text()), true
}

// InYAML is InJSON for a YAML node.
func InYAML(n *yamlfile.Node) (msg string, ok bool) {
	rule, fields, priority := n.Get("rule"), n.Get("output_fields"), n.Get("priority")
	hasFields := fields != nil && fields.Kind == yamlfile.Mapping
	if rule == nil || rule.Value == "" || !hasFields && (priority == nil || priority.Value == "") {
		return "", false
	}
	return message(rule.Value), true
}

func message(rule string) string {
	return fmt.Sprintf("expected an event, found an alert of rule %s", quote.Text(rule))
}
