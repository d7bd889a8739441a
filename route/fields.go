package route

import (
	"errors"
	"slices"

	"github.com/falcorules/falcorules/fieldsets"
)

// The fields of alerts.
const (
	ruleField     = "alert.rule"
	sourceField   = "alert.source"
	priorityField = "alert.priority"
	tagsField     = "alert.tags"
	outputField   = "alert.output"
)

// alertFields are the fields of alerts. Their extractors read the [Alert] that is the Data
// of an event.
type alertFields []fieldsets.Field

var alertList = []fieldsets.Field{
	{Name: ruleField, Type: fieldsets.CharBuf, Desc: "Name of the rule."},
	{Name: sourceField, Type: fieldsets.CharBuf, Desc: "Event source of the rule."},
	{Name: priorityField, Type: fieldsets.Uint8, Desc: "Priority of the rule; lower is more urgent."},
	{Name: tagsField, Type: fieldsets.CharBuf, List: true, Desc: "Tags of the rule."},
	{Name: outputField, Type: fieldsets.CharBuf, Desc: "Output of the rule with the values of the event."},
}

// Fields implements [fieldsets.FieldSet].
func (fields alertFields) Fields() []fieldsets.Field { return fields }

// Extractor implements [fieldsets.FieldSet].
func (alertFields) Extractor(f *fieldsets.Field, _ fieldsets.Arg) (fieldsets.Extractor, error) {
	of := func(read func(a *Alert, out *fieldsets.Values)) fieldsets.Extractor {
		return func(ev *fieldsets.Event, out *fieldsets.Values) { read(ev.Data.(*Alert), out) }
	}
	switch f.Name {
	case ruleField:
		return of(func(a *Alert, out *fieldsets.Values) { out.AddText(a.Match.Rule.Name) }), nil
	case sourceField:
		return of(func(a *Alert, out *fieldsets.Values) { out.AddText(a.Match.Rule.Source) }), nil
	case priorityField:
		return of(func(a *Alert, out *fieldsets.Values) {
			if p := a.Match.Rule.Priority; f.Type == fieldsets.CharBuf {
				out.AddText(p.String())
			} else {
				out.Add(fieldsets.NumberValue(uint64(p)))
			}
		}), nil
	case tagsField:
		return of(func(a *Alert, out *fieldsets.Values) {
			out.MarkPresent()
			for _, tag := range a.Match.Rule.Tags {
				out.AddText(tag)
			}
		}), nil
	}
	return of(func(a *Alert, out *fieldsets.Values) { out.AddBuilt(a.appendMessage) }), nil
}

// isAlertField reports whether a field is one of alerts, and whether its value depends on
// the rule alone.
func isAlertField(name string) (is, ofRule bool) {
	switch name {
	case ruleField, sourceField, priorityField, tagsField:
		return true, true
	case outputField:
		return true, false
	}
	return false, false
}

// otherFields are the fields of other event sources. They have no values.
type otherFields struct {
	own    *fieldsets.Source
	others []*fieldsets.Source
	fields []fieldsets.Field
}

// newOtherFields returns the fields of sources that own does not have.
func newOtherFields(own *fieldsets.Source, sources []*fieldsets.Source) *otherFields {
	o := &otherFields{own: own}
	seen := map[string]bool{}
	for _, s := range sources {
		if s.Name() == own.Name() {
			continue
		}
		o.others = append(o.others, s)
		for _, f := range s.Fields() {
			if !seen[f.Name] && !own.Has(f.Name) {
				seen[f.Name] = true
				o.fields = append(o.fields, f)
			}
		}
	}
	return o
}

// Fields implements [fieldsets.FieldSet].
func (o *otherFields) Fields() []fieldsets.Field { return o.fields }

// Extractor implements [fieldsets.FieldSet].
func (o *otherFields) Extractor(*fieldsets.Field, fieldsets.Arg) (fieldsets.Extractor, error) {
	return func(*fieldsets.Event, *fieldsets.Values) {}, nil
}

// Lookup implements [fieldsets.Namer].
func (o *otherFields) Lookup(text string) (*fieldsets.Field, fieldsets.Arg, *fieldsets.FieldError) {
	if !isUnknown(o.own, text) {
		return nil, fieldsets.Arg{}, nil
	}
	for _, s := range o.others {
		f, arg, err := s.Lookup(text)
		if err == nil {
			other := *f
			other.ConditionValue, other.Sequential = nil, false
			return &other, arg, nil
		}
		var bad *fieldsets.FieldError
		if errors.As(err, &bad) && !bad.Unknown {
			return nil, arg, bad
		}
	}
	return nil, fieldsets.Arg{}, nil
}

// isUnknown reports whether a source does not know the field of a reference.
func isUnknown(s *fieldsets.Source, text string) bool {
	_, _, err := s.Lookup(text)
	var bad *fieldsets.FieldError
	return errors.As(err, &bad) && bad.Unknown
}

// forConditions returns a source whose events are alerts with events of own. It has the
// fields of alerts and those of all sources.
func forConditions(own *fieldsets.Source, sources []*fieldsets.Source) *fieldsets.Source {
	return own.Wrapped(ofEvent).With(newOtherFields(own, sources)).With(alertFields(alertList))
}

// forTemplates is like forConditions, but prints the names of priorities.
func forTemplates(own *fieldsets.Source, sources []*fieldsets.Source) *fieldsets.Source {
	fields := slices.Clone(alertList)
	for i := range fields {
		if fields[i].Name == priorityField {
			fields[i].Type = fieldsets.CharBuf
		}
	}
	return own.Wrapped(ofEvent).With(newOtherFields(own, sources)).With(alertFields(fields))
}

// ofEvent makes the extractors of events read the event of the alert.
func ofEvent(f *fieldsets.Field, _ fieldsets.Arg, read fieldsets.Extractor) (*fieldsets.Field, fieldsets.Extractor) {
	from := func(read fieldsets.Extractor) fieldsets.Extractor {
		return func(alert *fieldsets.Event, out *fieldsets.Values) {
			if ev := alert.Data.(*Alert).event(); ev != nil {
				read(ev, out)
			}
		}
	}
	if f.ConditionValue != nil {
		changed := *f
		changed.ConditionValue = from(f.ConditionValue)
		f = &changed
	}
	return f, from(read)
}
