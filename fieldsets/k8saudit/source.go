package k8saudit

import (
	"sync"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

const (
	// SourceName is the name of the event source in rules.
	SourceName = "k8s_audit"

	// pluginName is the value of evt.pluginname.
	pluginName = "k8saudit"
)

// Option is an option of [New] and [NewSource].
type Option func(*options)

type options struct {
	documented bool
}

// Documented makes fields behave as in the plugin's documentation where the plugin
// differs from it; see the package documentation.
func Documented() Option {
	return func(o *options) { o.documented = true }
}

// New returns a field set with the fields ka.*, evt.pluginname and evt.plugininfo. They
// read the events of a [Decoder].
func New(opts ...Option) fieldsets.FieldSet {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return newFieldSet(rows(o.documented))
}

// NewSource returns the source k8s_audit, with the fields of [New] and of package
// jsonfields. Without options, it is the same one each time.
func NewSource(opts ...Option) *fieldsets.Source {
	if len(opts) == 0 {
		return source()
	}
	return newSource(opts)
}

var source = sync.OnceValue(func() *fieldsets.Source { return newSource(nil) })

func newSource(opts []Option) *fieldsets.Source {
	return fieldsets.NewSource(SourceName, New(opts...), jsonfields.New())
}

type fieldSet struct {
	fields  []fieldsets.Field
	readers map[string]reader
}

func newFieldSet(rows []row) *fieldSet {
	s := &fieldSet{readers: map[string]reader{}}
	for _, r := range rows {
		s.fields = append(s.fields, fieldsets.Field{
			Name:        r.name,
			Type:        fieldsets.CharBuf,
			List:        r.reader.list,
			Arg:         r.reader.arg,
			ArgRequired: r.reader.arg == fieldsets.KeyArg,
			Plugin:      pluginName,
			Desc:        r.desc,
		})
		s.readers[r.name] = r.reader
	}
	s.fields = append(s.fields,
		fieldsets.Field{Name: "evt.pluginname", Desc: "Name of the plugin that provides the event: " + pluginName + "."},
		fieldsets.Field{Name: "evt.plugininfo", Desc: "The whole audit event as compact JSON."},
	)
	return s
}

func (s *fieldSet) Fields() []fieldsets.Field { return s.fields }

// Discriminating returns the fields that most rules compare: what was done, to which kind
// of object, and at which stage of the request.
func (s *fieldSet) Discriminating() []string {
	return []string{"ka.verb", "ka.target.resource", "ka.target.subresource", "ka.stage", "jevt.value[/stage]"}
}

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
	// identified reports whether the event has an auditID.
	identified bool
}

// MissingAuditID reports whether an event of a [Decoder] has no auditID. Its ka fields
// then have no values, so hardly any rule can match it.
func MissingAuditID(ev *fieldsets.Event) bool {
	audit, ok := ev.Data.(*auditEvent)
	return ok && !audit.identified
}

// JSON implements jsonfields.Data.
func (a *auditEvent) JSON() jsonfields.Node { return a.root }
