package events

import (
	"bytes"
	"cmp"
	"errors"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/alerttext"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Decoder makes the events of records. It is for one goroutine.
type Decoder interface {
	// Decode calls visit for each event of a record. An event is valid until visit
	// returns; an error of visit ends Decode, which returns it.
	//
	// A [*diag.Diagnostic] or a [diag.List] reports what is not an event; the other
	// events were visited. Any other error means that decoding cannot go on.
	Decode(rec *Record, visit func(*fieldsets.Event) error) error
}

// DecoderFunc is a function as a Decoder.
type DecoderFunc func(rec *Record, visit func(*fieldsets.Event) error) error

// Decode calls f.
func (f DecoderFunc) Decode(rec *Record, visit func(*fieldsets.Event) error) error {
	return f(rec, visit)
}

// DecoderOptions are options of [NewDecoder]. The zero value reads audit events.
type DecoderOptions struct {
	// Stream numbers the events. It must not be shared with decoders of other
	// goroutines; nil is a new one.
	Stream *fieldsets.Stream
	// Fixtures are the sources of fixtures; see package fieldsets/all. Without them
	// there are none.
	Fixtures []*fixture.Source
	// Source is the source of events that are not fixtures; empty is k8s_audit. If
	// it is any other source, all events are fixtures.
	Source string
	// Default is the source of fixtures that name none; empty is syscall.
	Default string
	// MaxEventSize is how many bytes an audit event, or one in YAML, may have, white
	// space not counted; 0 or less is the limit of Falco's plugin.
	MaxEventSize int
	// Strict rejects fixtures that contradict themselves.
	Strict bool
}

// NewDecoder returns a decoder of audit events and fixtures, in JSON and in YAML.
// It tells them apart by their keys.
func NewDecoder(o DecoderOptions) Decoder {
	if o.Stream == nil {
		o.Stream = new(fieldsets.Stream)
	}
	o.Source = cmp.Or(o.Source, k8saudit.SourceName)
	o.MaxEventSize = maxEventSize(o.MaxEventSize)
	d := &decoder{options: o, audit: k8saudit.NewDecoder(o.Stream), fixtures: fixture.NewDecoder(o.Stream, o.Fixtures...)}
	d.audit.MaxEventSize = o.MaxEventSize
	d.fixtures.Default, d.fixtures.Strict = cmp.Or(o.Default, syscall.SourceName), o.Strict
	d.each = d.event
	return d
}

// decoder is the Decoder of NewDecoder.
type decoder struct {
	options  DecoderOptions
	audit    *k8saudit.Decoder
	fixtures *fixture.Decoder
	document jsonfields.Document
	each     func(*fieldsets.Event) error // event

	// Of the current record:
	rec      *Record
	visit    func(*fieldsets.Event) error
	problems diag.List
	// stopped is the error of visit.
	stopped error
}

// Decode implements [Decoder].
func (d *decoder) Decode(rec *Record, visit func(*fieldsets.Event) error) error {
	d.rec, d.visit, d.problems, d.stopped = rec, visit, nil, nil
	switch rec.Format {
	case YAML:
		d.yaml(func(content *yamlfile.Node) *yamlfile.Node { return content })
	case SuiteYAML:
		d.yaml(eventsOf)
	default:
		d.json(rec)
	}
	if len(d.problems) == 0 {
		return d.stopped
	}
	return errors.Join(d.stopped, d.problems.Err())
}

func (d *decoder) event(ev *fieldsets.Event) error {
	d.stopped = d.visit(ev)
	return d.stopped
}

// report adds a diagnostic about an event.
func (d *decoder) report(at diag.Range, msg, hint string, err error) {
	d.problems = append(d.problems, &diag.Diagnostic{Code: BadEvent, Message: msg, Hint: hint, Range: at, Err: err})
}

// json decodes a JSON value.
func (d *decoder) json(rec *Record) {
	err := d.document.Parse(rec.Raw)
	root := d.document.JSON()
	switch {
	case err != nil:
	case d.isFixture(rec.Raw, root):
		if msg, ok := alerttext.InJSON(root); ok {
			d.report(rec.At(0), msg, alerttext.Hint, nil)
			return
		}
		ev, err := d.fixtures.Decode(rec.Raw, root)
		d.fixture(rec, ev, err)
		return
	case rec.Format == JSONItem:
		err = d.audit.DecodeItemNode(root, d.each)
	default:
		err = d.audit.DecodeNode(root, d.each)
	}
	if err != nil && d.stopped == nil {
		d.notAudit(rec, root, err)
	}
}

// notAudit reports a JSON value that is neither an audit event nor a fixture.
func (d *decoder) notAudit(rec *Record, root jsonfields.Node, err error) {
	var syntax *jsonfields.SyntaxError
	msg, alert := alerttext.InJSON(root)
	switch {
	case errors.As(err, &syntax):
		d.report(rec.At(syntax.Offset), "not JSON: "+syntax.Msg, "", err)
	case !errors.Is(err, k8saudit.ErrNotAuditEvent):
		d.report(rec.At(0), err.Error(), "", err)
	case alert:
		d.report(rec.At(0), msg, alerttext.Hint, nil)
	default:
		d.report(rec.At(0), err.Error()+"; nor a fixture, which has source, fields, or a group of them such as evt or proc", "", err)
	}
}

// isFixture reports whether a JSON value is a fixture. If only fixtures are read,
// everything is. Text that begins as audit logs do is not examined any further.
func (d *decoder) isFixture(raw []byte, root jsonfields.Node) bool {
	if d.options.Source != k8saudit.SourceName {
		return true
	}
	return !bytes.HasPrefix(raw, []byte(`{"kind":"Event`)) && fixture.IsEvent(root)
}

// fixture visits a fixture, or reports what is wrong with it at its position in the
// record.
func (d *decoder) fixture(rec *Record, ev *fieldsets.Event, err error) {
	var bad *diag.Diagnostic
	switch {
	case err == nil:
		_ = d.event(ev) // d.stopped keeps the error
	case errors.As(err, &bad):
		d.report(rec.in(bad.Range.Span()), bad.Message, bad.Hint, bad)
	default:
		d.report(rec.At(0), err.Error(), "", err)
	}
}
