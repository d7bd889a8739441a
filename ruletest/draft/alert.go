package draft

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Alert is an alert that Falco printed as JSON, and what it reveals of its event.
type Alert struct {
	Rule, Priority, Source, Output string
	// Time is the time of the event in RFC 3339 format, or empty.
	Time string
	// Fields has the fields of the alert with values as in JSON. Nil means that the
	// event has no value.
	Fields map[string]any
	// LeftOut says which fields of the alert an event cannot have, and why.
	LeftOut []string
}

// Alerts reads alerts. It is for one goroutine.
type Alerts struct {
	// SourceOf, if it is not nil, returns the source of a rule, or the empty string for an
	// unknown rule. It is used for alerts without a source, which older versions of
	// Falco print. Without it, the source is the one that has most fields of the alert.
	SourceOf func(rule string) string

	sources map[string]*fixture.Source
	decoder *fixture.Decoder
}

// NewAlerts returns a reader of alerts of the given sources.
func NewAlerts(sources []*fixture.Source) *Alerts {
	a := &Alerts{sources: map[string]*fixture.Source{}, decoder: fixture.NewDecoder(&fieldsets.Stream{}, sources...)}
	for _, s := range sources {
		a.sources[s.Name()] = s
	}
	return a
}

// Read reads an alert, which is a JSON object. The error is a [*diag.Diagnostic].
func (a *Alerts) Read(text []byte) (*Alert, error) {
	var raw struct {
		Rule     string         `json:"rule"`
		Priority string         `json:"priority"`
		Source   string         `json:"source"`
		Output   string         `json:"output"`
		Time     string         `json:"time"`
		Fields   map[string]any `json:"output_fields"`
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	if err := in.Decode(&raw); err != nil {
		return nil, jsonError(text, err)
	}
	if raw.Rule == "" || raw.Fields == nil {
		return nil, &diag.Diagnostic{Message: `not a Falco alert: expected an object with "rule" and "output_fields"`, Hint: "set json_output: true in falco.yaml"}
	}
	alert := &Alert{Rule: raw.Rule, Priority: raw.Priority, Source: raw.Source, Output: raw.Output, Fields: raw.Fields}
	if alert.Source == "" {
		alert.Source = a.sourceOf(alert)
	}
	source := a.sources[alert.Source]
	if source == nil {
		return nil, &diag.Diagnostic{Message: fmt.Sprintf("unknown source %s", quote.Text(alert.Source))}
	}
	alert.setTime(raw.Time, raw.Fields["evt.time"])
	for name := range alert.Fields {
		if f, _, err := source.Lookup(name); err == nil && (f.TimeAsNumber || f.Sequential) {
			delete(alert.Fields, name) // these follow from the time and the order of events
		}
	}
	if err := a.leaveOut(alert); err != nil {
		return nil, err
	}
	return alert, nil
}

// sourceOf returns the source of an alert that does not name one.
func (a *Alerts) sourceOf(alert *Alert) string {
	if a.SourceOf != nil {
		if source := a.SourceOf(alert.Rule); source != "" {
			return source
		}
	}
	best, most := syscall.SourceName, a.has(syscall.SourceName, alert.Fields)
	for _, name := range slices.Sorted(maps.Keys(a.sources)) {
		if n := a.has(name, alert.Fields); n > most {
			best, most = name, n
		}
	}
	return best
}

// has returns how many of some fields a source has.
func (a *Alerts) has(source string, fields map[string]any) int {
	s, n := a.sources[source], 0
	for name := range fields {
		if s == nil {
			break
		}
		if _, _, err := s.Lookup(name); err == nil {
			n++
		}
	}
	return n
}

func jsonError(text []byte, err error) *diag.Diagnostic {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return errorAt(text, syntax.Offset-1, "not JSON: "+syntax.Error())
	case errors.As(err, &kind):
		want := "an object"
		if kind.Type.Kind() == reflect.String {
			want = "a string"
		}
		return errorAt(text, kind.Offset-1, fmt.Sprintf("%s must be %s, found %s", cmp.Or(quote.Name(kind.Field), "an alert"), want, kind.Value))
	}
	return errorAt(text, 0, "not JSON: "+err.Error())
}

func errorAt(text []byte, offset int64, msg string) *diag.Diagnostic {
	before := text[:min(max(offset, 0), int64(len(text)))]
	at := diag.Pos{Offset: len(before), Line: bytes.Count(before, []byte("\n")) + 1, Column: len(before) - bytes.LastIndexByte(before, '\n')}
	return &diag.Diagnostic{Message: msg, Range: diag.Range{Start: at}}
}

// setTime sets the time of the event to the alert's, or else to evt.time, which is
// in nanoseconds.
func (a *Alert) setTime(alert string, field any) {
	if field != nil {
		digits, _ := field.(json.Number)
		if ns, err := strconv.ParseUint(string(digits), 10, 64); err == nil {
			a.Time = (&fieldsets.Event{Time: int64(ns)}).Timestamp().Format(time.RFC3339Nano)
		} else {
			a.LeftOut = append(a.LeftOut, fmt.Sprintf("invalid evt.time %s: want a whole number of nanoseconds", quote.Text(fmt.Sprint(field))))
		}
	}
	if alert == "" {
		return
	}
	if t, err := time.Parse(time.RFC3339Nano, alert); err == nil {
		a.Time = t.UTC().Format(time.RFC3339Nano)
	} else {
		a.LeftOut = append(a.LeftOut, fmt.Sprintf("invalid time %s: want a time in RFC 3339 format", quote.Text(alert)))
	}
}

// maxLeftOut limits how many fields of an alert may be left out.
const maxLeftOut = 50

// leaveOut removes fields that an event cannot have, such as unknown ones.
func (a *Alerts) leaveOut(alert *Alert) error {
	for {
		_, err := a.decoder.DecodeNode(alert.fixture())
		var bad *diag.Diagnostic
		switch {
		case err == nil:
			slices.Sort(alert.LeftOut)
			return nil
		case !errors.As(err, &bad):
			return &diag.Diagnostic{Message: err.Error()}
		}
		field := fixture.SubjectOf(bad).Field
		if _, ok := alert.Fields[field]; !ok || len(alert.LeftOut) == maxLeftOut {
			return &diag.Diagnostic{Message: bad.Message}
		}
		delete(alert.Fields, field)
		alert.LeftOut = append(alert.LeftOut, bad.Message)
	}
}

// fixture returns the event as a fixture.
func (a *Alert) fixture() *yamlfile.Node {
	out := object()
	put(out, "source", scalar(a.Source))
	if a.Time != "" {
		put(out, "time", scalar(a.Time))
	}
	put(out, "fields", a.fields())
	return out
}

// fields returns the fields as a mapping that starts with the event type.
func (a *Alert) fields() *yamlfile.Node {
	fields := object()
	names := slices.Sorted(maps.Keys(a.Fields))
	if i := slices.Index(names, "evt.type"); i > 0 {
		names = slices.Insert(slices.Delete(names, i, i+1), 0, "evt.type")
	}
	for _, name := range names {
		put(fields, name, valueOf(a.Fields[name]))
	}
	if len(names) == 0 {
		fields.Style = yamlfile.Flow
	}
	return fields
}

// valueOf converts a value from JSON to YAML.
func valueOf(v any) *yamlfile.Node {
	plain := func(tag, value string) *yamlfile.Node {
		return &yamlfile.Node{Kind: yamlfile.Scalar, Tag: tag, Value: value}
	}
	switch v := v.(type) {
	case nil:
		return plain("!!null", "null")
	case bool:
		return plain("!!bool", strconv.FormatBool(v))
	case json.Number:
		if bytes.ContainsAny([]byte(v), ".eE") {
			return plain("!!float", v.String())
		}
		return plain("!!int", v.String())
	case string:
		return scalar(v)
	case []any:
		l := list(yamlfile.Flow)
		for _, item := range v {
			l.Content = append(l.Content, valueOf(item))
		}
		return l
	case map[string]any:
		o := &yamlfile.Node{Kind: yamlfile.Mapping, Style: yamlfile.Flow}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			put(o, key, valueOf(v[key]))
		}
		return o
	}
	return plain("!!null", "null") // unreachable: JSON has no other values
}

// JSON returns the event as a fixture: one line of JSON, with a line feed.
func (a *Alert) JSON() []byte {
	// Values that were read from JSON can be written as JSON.
	text, _ := quote.JSON(struct {
		Source string         `json:"source"`
		Time   string         `json:"time,omitempty"`
		Fields map[string]any `json:"fields"`
	}{a.Source, a.Time, a.Fields}, "")
	return append(text, '\n')
}
