package events

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
	"github.com/falcorules/falcorules/internal/alerttext"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Decoder turns records into events. It is not safe for concurrent use.
type Decoder interface {
	// Decode calls visit for each event of a record. An event is valid until visit
	// returns. If visit returns an error, Decode stops and returns it.
	//
	// Decode returns a [*diag.Diagnostic] or a [diag.List] if some of the record is
	// not an event, after it has visited the other events. Any other error ends
	// decoding.
	Decode(rec *Record, visit func(*fieldsets.Event) error) error
}

// DecoderFunc is a function that implements Decoder.
type DecoderFunc func(rec *Record, visit func(*fieldsets.Event) error) error

// Decode calls f.
func (f DecoderFunc) Decode(rec *Record, visit func(*fieldsets.Event) error) error {
	return f(rec, visit)
}

// DecoderOptions are the options of [NewDecoder]. The zero value is for audit events
// only.
type DecoderOptions struct {
	// Stream numbers the events. It must not be shared with decoders on other
	// goroutines. If it is nil, the decoder creates one.
	Stream *fieldsets.Stream
	// Fixtures are the event sources of fixtures; see package syscall/fixtures.
	// Without them, fixtures are errors.
	Fixtures []*fixture.Source
	// Source is the source of events that are not fixtures, by default k8s_audit. For
	// any other source, all events are fixtures.
	Source string
	// Default is the source of fixtures that do not name one, by default syscall.
	Default string
	// Wrapper is the log whose records can wrap audit events. Audit events and fixtures can
	// also be there without it.
	Wrapper k8saudit.Wrapper
	// OtherLogs, if not nil, counts the records that are not from the audit log. They are
	// skipped.
	OtherLogs *atomic.Int64
	// MaxEventSize is the maximum size of an event in bytes, without white space. If it is
	// 0 or less, the limit is that of Falco's plugin, [k8saudit.DefaultMaxEventSize].
	MaxEventSize int
	// Strict rejects fixtures whose values contradict each other.
	Strict bool
}

// NewDecoder returns a decoder for audit events and fixtures in JSON and YAML, which it
// distinguishes by their keys, and for captures. The events of a capture have the numbers that
// they have in it.
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
	if o.Wrapper != k8saudit.NoWrapper {
		d.wrapped = k8saudit.NewUnwrapper(d.audit, o.Wrapper)
	}
	return d
}

type decoder struct {
	options  DecoderOptions
	audit    *k8saudit.Decoder
	wrapped  *k8saudit.Unwrapper // or nil
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
	case Capture:
		d.capture(rec)
	default:
		d.json(rec)
	}
	switch {
	case len(d.problems) == 0:
		return d.stopped
	case d.stopped == nil:
		return d.problems
	}
	return errors.Join(d.stopped, d.problems)
}

func (d *decoder) event(ev *fieldsets.Event) error {
	d.stopped = d.visit(ev)
	return d.stopped
}

// report adds a diagnostic about an event.
func (d *decoder) report(at diag.Range, msg, hint string, err error) {
	d.problems = append(d.problems, &diag.Diagnostic{Code: BadEvent, Message: msg, Hint: hint, Range: at, Err: err})
}

// capture decodes a capture.
func (d *decoder) capture(rec *Record) {
	if closer, ok := rec.Body.(io.Closer); ok {
		defer closer.Close()
	}
	r, err := capture.NewReader(rec.Body, d.options.Stream)
	for err == nil && d.stopped == nil {
		var ev *fieldsets.Event
		if ev, err = r.Next(); err == nil {
			_ = d.event(ev) // the error is in d.stopped
		}
	}
	switch {
	case err == nil || errors.Is(err, io.EOF):
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		d.stopped = cmp.Or(d.stopped, err)
	default:
		d.problems = append(d.problems, &diag.Diagnostic{Code: BadInput, Message: err.Error(), Range: diag.Range{File: rec.Name}, Err: err})
	}
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
		if len(rec.Raw) > d.options.MaxEventSize {
			if size := root.CompactSize(); size > d.options.MaxEventSize {
				d.tooLarge(rec, size)
				return
			}
		}
		ev, err := d.fixtures.Decode(rec.Raw, root)
		d.fixture(rec, ev, err)
		return
	case rec.Format == JSONItem:
		err = d.audit.DecodeItemNode(root, d.each)
	default:
		err = d.audit.DecodeNode(root, d.each)
		if d.wrapped != nil && errors.Is(err, k8saudit.ErrNotAuditEvent) {
			err = d.unwrap(rec, root)
		}
	}
	if err != nil && d.stopped == nil {
		d.notAudit(rec, root, err)
	}
}

// unwrap decodes the audit events in a log record. It returns [k8saudit.ErrNotAuditEvent]
// if it is not a record that may be there.
func (d *decoder) unwrap(rec *Record, root jsonfields.Node) error {
	before := d.wrapped.OtherLogs
	err := d.wrapped.Decode(root, d.each)
	if d.options.OtherLogs != nil {
		d.options.OtherLogs.Add(d.wrapped.OtherLogs - before)
	}
	var bad *k8saudit.ListError
	if !errors.As(err, &bad) {
		if errors.Is(err, k8saudit.ErrNotRecord) {
			return k8saudit.ErrNotAuditEvent
		}
		return err
	}
	for _, item := range bad.Items {
		at := rec.At(item.Offset)
		var syntax *jsonfields.SyntaxError
		switch {
		case errors.Is(item.Err, k8saudit.ErrNotRecord):
			d.report(at, d.notEvent(), d.hint(), item.Err)
		case errors.As(item.Err, &syntax):
			d.report(at, "not JSON: "+syntax.Msg, "", item.Err)
		default:
			d.report(at, item.Err.Error(), "", item.Err)
		}
	}
	if more := bad.Total - len(bad.Items); more > 0 {
		d.report(rec.At(0), fmt.Sprintf("%d more records of this list cannot be read", more), "", nil)
	}
	return nil
}

// tooLarge reports a JSON value that exceeds the limit for events.
func (d *decoder) tooLarge(rec *Record, size int) {
	const enough = 60
	d.report(rec.At(0), fmt.Sprintf("value of %d bytes exceeds the limit of %d: %q", size, d.options.MaxEventSize, rec.Raw[:min(len(rec.Raw), enough)]), "",
		&k8saudit.SizeError{Size: size, Limit: d.options.MaxEventSize})
}

// notEvent reports that a value is not one of the accepted events.
func (d *decoder) notEvent() string {
	if len(d.options.Fixtures) == 0 {
		return "not an audit event"
	}
	return "neither an audit event nor a fixture"
}

// hint says what an event is.
func (d *decoder) hint() string {
	hint := "an audit event has kind Event, or kind EventList and items"
	if len(d.options.Fixtures) > 0 {
		hint += "; a fixture has source, fields, or groups of fields such as evt and proc"
	}
	switch d.options.Wrapper {
	case k8saudit.EKS:
		return hint + "; a record of EKS has message, logEvents or events"
	case k8saudit.GKE:
		return hint + "; a log entry of GKE has logName, resource and protoPayload"
	case k8saudit.AKS:
		return hint + "; a record of AKS has properties.log, or there is a list of records"
	}
	return hint
}

// notAudit reports a JSON value that is neither an audit event nor a fixture.
func (d *decoder) notAudit(rec *Record, root jsonfields.Node, err error) {
	var syntax *jsonfields.SyntaxError
	var size *k8saudit.SizeError
	msg, alert := alerttext.InJSON(root)
	switch {
	case errors.As(err, &syntax) && d.truncated(rec):
	case errors.As(err, &syntax):
		d.report(rec.At(syntax.Offset), "not JSON: "+syntax.Msg, "", err)
	case errors.As(err, &size) && root.Kind() == jsonfields.Object:
		d.tooLarge(rec, size.Size)
	case !errors.Is(err, k8saudit.ErrNotAuditEvent):
		d.report(rec.At(0), err.Error(), "", err)
	case alert:
		d.report(rec.At(0), msg, alerttext.Hint, nil)
	default:
		d.report(rec.At(0), d.notEvent(), d.hint(), err)
	}
}

// truncated reports a record that is the text of a truncated audit event.
func (d *decoder) truncated(rec *Record) bool {
	if d.wrapped == nil {
		return false
	}
	const most = 512
	err := k8saudit.Truncated(string(rec.Raw[:min(len(rec.Raw), most)]), string(rec.Raw[max(0, len(rec.Raw)-most):]))
	if err != nil {
		d.report(rec.At(0), err.Error(), "", err)
	}
	return err != nil
}

// isFixture reports whether to decode a JSON value as a fixture. The prefix check is a
// shortcut for audit logs.
func (d *decoder) isFixture(raw []byte, root jsonfields.Node) bool {
	if d.options.Source != k8saudit.SourceName {
		return true
	}
	return len(d.options.Fixtures) > 0 && !bytes.HasPrefix(raw, []byte(`{"kind":"Event`)) && fixture.IsEvent(root)
}

// fixture visits a fixture, or reports why it is invalid.
func (d *decoder) fixture(rec *Record, ev *fieldsets.Event, err error) {
	var bad *diag.Diagnostic
	switch {
	case err == nil:
		_ = d.event(ev) // the error is in d.stopped
	case errors.As(err, &bad):
		d.report(rec.in(bad.Range.Span()), bad.Message, bad.Hint, bad)
	default:
		d.report(rec.At(0), err.Error(), "", err)
	}
}
