package k8saudit

import (
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

const (
	// SourceName is the name of the source, which rules give as theirs.
	SourceName = "k8s_audit"

	// pluginName is the value of evt.pluginname.
	pluginName = "k8saudit"
)

// Option is a choice for [New] and [NewSource].
type Option func(*options)

type options struct {
	documented bool
}

// Documented gives the fields on which the plugin differs from its
// documentation the documented meaning. The comment of the package lists them.
func Documented() Option {
	return func(o *options) { o.documented = true }
}

// New returns the fields ka.*, and evt.pluginname and evt.plugininfo. They have
// values for the events of a [Decoder].
func New(opts ...Option) fieldsets.FieldSet {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return newFieldSet(rows(o.documented))
}

// NewSource returns the source k8s_audit: the fields of [New], those of package
// jsonfields and the evt fields that every source has.
func NewSource(opts ...Option) *fieldsets.Source {
	return fieldsets.NewSource(SourceName, New(opts...), jsonfields.New())
}

// fieldSet is the fields of the source and what reads them, by name.
type fieldSet struct {
	fields  []fieldsets.Field
	readers map[string]reader
}

func newFieldSet(rows []row) *fieldSet {
	s := &fieldSet{readers: map[string]reader{}}
	for _, r := range rows {
		s.fields = append(s.fields, fieldsets.Field{
			Name: r.name,
			Type: fieldsets.CharBuf,
			List: r.reader.list,
			Arg:  r.reader.arg,
			// A key is what the field is about; an index is a choice.
			ArgRequired: r.reader.arg == fieldsets.KeyArg,
			Plugin:      pluginName,
			Desc:        r.desc,
		})
		s.readers[r.name] = r.reader
	}
	s.fields = append(s.fields,
		fieldsets.Field{Name: "evt.pluginname", Desc: "Name of the plugin that reads such events: " + pluginName + "."},
		fieldsets.Field{Name: "evt.plugininfo", Desc: "The whole audit event as compact JSON."},
	)
	return s
}

// Fields lists the fields.
func (s *fieldSet) Fields() []fieldsets.Field { return s.fields }

// Discriminating returns what most rules ask for first: what was done, to what,
// and at which stage of the request.
func (s *fieldSet) Discriminating() []string {
	return []string{"ka.verb", "ka.target.resource", "ka.target.subresource", "ka.stage", "jevt.value[/stage]"}
}

// Extractor returns what reads the field f. It has no errors.
func (s *fieldSet) Extractor(f *fieldsets.Field, arg fieldsets.Arg) (fieldsets.Extractor, error) {
	switch f.Name {
	case "evt.pluginname":
		return func(_ *fieldsets.Event, out *fieldsets.Values) { out.AddText(pluginName) }, nil
	case "evt.plugininfo":
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			if audit, ok := ev.Data.(*auditEvent); ok {
				audit.root.AddText(out)
			}
		}, nil
	}
	read := s.readers[f.Name].bind(arg)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if audit, ok := ev.Data.(*auditEvent); ok && audit.identified {
			read(audit.root, out)
		}
	}, nil
}

// auditEvent is the Data of the events of this source.
type auditEvent struct {
	root jsonfields.Node
	// identified says that the event has an auditID.
	identified bool
}

// MissingAuditID reports whether an event of a [Decoder] has no auditID. The plugin then
// gives no ka field a value, so that hardly any rule can match the event.
func MissingAuditID(ev *fieldsets.Event) bool {
	audit, ok := ev.Data.(*auditEvent)
	return ok && !audit.identified
}

// JSON makes the event readable for the fields of package jsonfields.
func (a *auditEvent) JSON() jsonfields.Node { return a.root }
