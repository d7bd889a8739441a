package main

import (
	"bytes"
	"encoding/json"

	"github.com/falcorules/falcorules/bench/corpus"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

// request is an event in memory, the same for all engines.
type request struct {
	Stage, Verb, Resource, Namespace, Name, User, URI string
	line                                              []byte // the audit event
}

// names returns the values of a request by the names in conditions.
func (r *request) names() map[string]any {
	return map[string]any{
		"stage": r.Stage, "verb": r.Verb, "resource": r.Resource, "ns": r.Namespace, "name": r.Name, "user": r.User, "uri": r.URI,
	}
}

// requests returns requests of the corpus.
func requests(n int) ([]*request, error) {
	var text bytes.Buffer
	if err := corpus.Audit(&text, n); err != nil {
		return nil, err
	}
	var out []*request
	for line := range bytes.Lines(text.Bytes()) {
		var event struct {
			Stage, Verb, RequestURI string
			User                    struct{ Username string }
			ObjectRef               struct{ Resource, Namespace, Name string }
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, err
		}
		out = append(out, &request{
			Stage: event.Stage, Verb: event.Verb, Resource: event.ObjectRef.Resource, Namespace: event.ObjectRef.Namespace,
			Name: event.ObjectRef.Name, User: event.User.Username, URI: event.RequestURI, line: line,
		})
	}
	return out, nil
}

// requestFields is a provider of fields that read a request.
type requestFields struct{}

func (requestFields) Fields() []fieldsets.Field {
	var fields []fieldsets.Field
	for _, name := range []string{"stage", "verb", "resource", "ns", "name", "user", "uri"} {
		fields = append(fields, fieldsets.Field{Name: "req." + name, Type: fieldsets.CharBuf})
	}
	return fields
}

func (requestFields) Extractor(f *fieldsets.Field, _ fieldsets.Arg) (fieldsets.Extractor, error) {
	return map[string]fieldsets.Extractor{
		"req.stage":    func(ev *fieldsets.Event, out *fieldsets.Values) { out.AddText(ev.Data.(*request).Stage) },
		"req.verb":     func(ev *fieldsets.Event, out *fieldsets.Values) { out.AddText(ev.Data.(*request).Verb) },
		"req.resource": func(ev *fieldsets.Event, out *fieldsets.Values) { out.AddText(ev.Data.(*request).Resource) },
		"req.ns":       func(ev *fieldsets.Event, out *fieldsets.Values) { out.AddText(ev.Data.(*request).Namespace) },
		"req.name":     func(ev *fieldsets.Event, out *fieldsets.Values) { out.AddText(ev.Data.(*request).Name) },
		"req.user":     func(ev *fieldsets.Event, out *fieldsets.Values) { out.AddText(ev.Data.(*request).User) },
		"req.uri":      func(ev *fieldsets.Event, out *fieldsets.Values) { out.AddText(ev.Data.(*request).URI) },
	}[f.Name], nil
}

func requestSource() *fieldsets.Source { return fieldsets.NewSource("request", requestFields{}) }

// asRequests returns the requests as events of that source.
func asRequests(all []*request) []*fieldsets.Event {
	var events []*fieldsets.Event
	for _, r := range all {
		events = append(events, &fieldsets.Event{Stream: &fieldsets.Stream{}, Source: "request", Data: r})
	}
	return events
}

// asAudit returns the requests as decoded audit events that do not share memory.
func asAudit(all []*request) ([]*fieldsets.Event, error) {
	var events []*fieldsets.Event
	for _, r := range all {
		err := k8saudit.NewDecoder(&fieldsets.Stream{}).Decode(r.line, func(ev *fieldsets.Event) error {
			events = append(events, ev)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return events, nil
}
