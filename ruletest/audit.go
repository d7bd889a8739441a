package ruletest

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/overlay"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

func textNode(text string) *yamlfile.Node {
	return &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!str", Value: text}
}

// The keys of audit events and of lists of them, in the API of Kubernetes.
var (
	auditKeys = []string{
		"kind", "apiVersion", "metadata", "level", "auditID", "stage", "requestURI", "verb", "user", "impersonatedUser",
		"authenticationMetadata", "sourceIPs", "userAgent", "objectRef", "responseStatus", "requestObject", "responseObject",
		"requestReceivedTimestamp", "stageTimestamp", "annotations",
	}
	auditListKeys = []string{"kind", "apiVersion", "metadata", "auditID", "stageTimestamp", "items"}
)

// isAudit reports whether an event is one of Kubernetes' audit log; all else are
// fixtures.
func isAudit(n *yamlfile.Node) bool {
	for _, key := range []string{"kind", "auditID", "stageTimestamp"} {
		if n.Get(key) != nil {
			return true
		}
	}
	return false
}

// inlineAudit visits an audit event that stands in the suite, or a list of them.
func (d *decoder) inlineAudit(n *yamlfile.Node, at diag.Range, each func(*fieldsets.Event)) {
	if !d.auditKeys(n, at) {
		return
	}
	found := false
	err := d.audit.Decode(appendJSON(nil, overlay.Put(n, overlay.Audit)), func(ev *fieldsets.Event) error {
		found = true
		each(ev)
		return nil
	})
	switch {
	case err != nil:
		d.run.fail(at, "", "%v", err)
	case !found:
		d.run.fail(at, "", "the list has no events")
	}
}

// auditKeys reports whether the keys of an audit event are such, and adds errors where
// not: a field that a misspelt one should give would have no value.
func (d *decoder) auditKeys(n *yamlfile.Node, at diag.Range) bool {
	known, what := auditKeys, "an audit event"
	items := n.Get("items")
	if kind := n.Get("kind"); kind != nil && kind.Value == "EventList" {
		known, what = auditListKeys, "a list of audit events"
	} else {
		items = nil
	}
	all := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if slices.Contains(known, key.Value) {
			continue
		}
		all = false
		place := at
		if inFile := d.run.suite.text.place(key); inFile.Start.Line > 0 {
			place = inFile
		}
		d.run.fail(place, hintOf(key.Value, known), "%s has no key %s", what, quote.Text(key.Value))
	}
	if items != nil && items.Kind == yamlfile.Sequence {
		for _, item := range items.Content {
			all = (item.Kind != yamlfile.Mapping || d.auditKeys(item, at)) && all
		}
	}
	return all
}
