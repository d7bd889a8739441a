package ruletest

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/overlay"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

func stringNode(text string) *yamlfile.Node {
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

// isAudit reports whether an event is a Kubernetes audit event or a list of them. All
// others are fixtures.
func isAudit(n *yamlfile.Node) bool {
	for _, key := range []string{"kind", "auditID", "stageTimestamp"} {
		if n.Get(key) != nil {
			return true
		}
	}
	return false
}

// inlineAudit visits an audit event, or a list of them, that is in the suite itself.
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
		d.run.fail(at, "", "empty event list")
	}
}

// auditKeys reports unknown keys of an audit event, and returns whether all keys are
// known. If a key is misspelt, the fields that it should set would have no value.
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
		keyAt := at
		if inFile := d.run.suite.text.rangeOf(key); inFile.Start.Line > 0 {
			keyAt = inFile
		}
		d.run.fail(keyAt, hintOf(key.Value, known), "unknown key %s in %s", quote.Text(key.Value), what)
	}
	if items != nil && items.Kind == yamlfile.Sequence {
		for _, item := range items.Content {
			all = (item.Kind != yamlfile.Mapping || d.auditKeys(item, at)) && all
		}
	}
	return all
}
