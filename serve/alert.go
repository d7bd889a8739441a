package serve

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
)

// Alert is an alert to write to outputs. Outputs must not change it.
type Alert struct {
	// ID is the same whenever the same rule fires on the same event: a hash of the
	// event's auditID and stage, and of the name of the rule.
	ID       string
	Rule     string
	Priority eval.Priority
	Source   string
	Tags     []string
	Time     time.Time
	// Text is Falco's line of text and JSON its JSON object, both without a line feed. A
	// format that no output needs is nil.
	Text, JSON []byte
	// Filled are the texts of the templates that outputs asked for, by template. See
	// [Templated].
	Filled map[string]string
}

// size is the memory that counts against the limit of a queue, in bytes.
func (a *Alert) size() int {
	const overhead = 256
	size := overhead + len(a.Text) + len(a.JSON)
	for template, text := range a.Filled {
		size += len(template) + len(text)
	}
	return size
}

// formats says which formats are needed, and whether the JSON has the ID.
type formats struct{ text, json, id bool }

// NewAlert returns an alert as a route writes it, in all formats, without its ID in the
// JSON. The templates are those of the router.
func NewAlert(t route.Taken, templates []rulesfile.Value) *Alert {
	a := newAlert(t.Match, t.Match.Event(), formats{text: true, json: true})
	a.Filled = filled(t, templates)
	return a
}

// filled returns the texts of templates.
func filled(t route.Taken, templates []rulesfile.Value) map[string]string {
	if len(t.Texts) == 0 {
		return nil
	}
	out := make(map[string]string, len(templates))
	for i, template := range templates {
		out[template.Text()] = t.Texts[i]
	}
	return out
}

// templatesOf returns the templates of outputs.
func templatesOf(outputs map[string]Output) []rulesfile.Value {
	var out []rulesfile.Value
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if o, ok := outputs[name].(Templated); ok {
			out = append(out, o.Templates()...)
		}
	}
	return out
}

// newAlert returns the alert of a match.
func newAlert(m eval.Match, ev *fieldsets.Event, f formats) *Alert {
	a := &Alert{
		ID:       alertID(ev, m.Rule.Name),
		Rule:     m.Rule.Name,
		Priority: m.Rule.Priority,
		Source:   m.Rule.Source,
		Tags:     m.Rule.Tags,
		Time:     ev.Timestamp(),
	}
	if f.text {
		a.Text = m.AppendText(nil)
	}
	if f.json {
		a.JSON = m.AppendJSON(nil)
	}
	if f.id {
		a.JSON = withID(a.JSON, a.ID)
	}
	return a
}

// withID adds the key id to a JSON object, as the first one.
func withID(object []byte, id string) []byte {
	rest, ok := bytes.CutPrefix(object, []byte{'{'})
	if !ok {
		return object
	}
	out := fmt.Appendf(make([]byte, 0, len(object)+len(id)+8), `{"id":"%s"`, id)
	if len(rest) > 0 && rest[0] != '}' {
		out = append(out, ',')
	}
	return append(out, rest...)
}

// alertID returns the ID of the alert of a rule on an audit event. If the event has no
// auditID, its whole text takes its place.
func alertID(ev *fieldsets.Event, rule string) string {
	var text []byte
	if data, ok := ev.Data.(jsonfields.Data); ok {
		root := data.JSON()
		if id := root.Get("auditID"); id.Exists() {
			text = append(id.AppendText(text), 0)
			text = root.Get("stage").AppendText(text)
		} else {
			text = root.AppendCompact(text)
		}
	}
	text = append(append(text, 0), rule...)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
