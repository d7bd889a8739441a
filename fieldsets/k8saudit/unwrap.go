package k8saudit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// Wrapper says in whose records audit events are wrapped.
type Wrapper string

const (
	// NoWrapper is for audit events as API servers write them.
	NoWrapper Wrapper = ""
	// AnyWrapper recognizes the records of all wrappers.
	AnyWrapper Wrapper = "auto"
	// EKS is for records of CloudWatch Logs, with the event as text: the payload of a
	// subscription, the output of aws logs filter-log-events, or an element of these.
	EKS Wrapper = "eks"
	// GKE is for entries of Cloud Logging, from which events are reconstructed.
	GKE Wrapper = "gke"
	// AKS is for resource logs of Azure Monitor, with the event as text: a message of Event
	// Hubs, with a list of records, or one record, as in a storage account.
	AKS Wrapper = "aks"
)

// Wrappers returns all wrappers except NoWrapper.
func Wrappers() []Wrapper { return []Wrapper{AnyWrapper, EKS, GKE, AKS} }

// Unwrapper decodes audit events that are wrapped in the records of a log. It is not safe
// for concurrent use.
type Unwrapper struct {
	// OtherLogs is the number of records so far that are not from the audit log, such as
	// those of another component of the control plane. They are skipped.
	OtherLogs int64

	from    Wrapper
	decoder *Decoder
	visit   func(*fieldsets.Event) error // visitEvent

	// text is the audit event of the current record, and doc the same text parsed.
	text []byte
	doc  jsonfields.Document

	// Of the current payload:
	each    func(*fieldsets.Event) error
	stopped error // from each
	record  int   // number of the current record
	bad     ListError
}

// NewUnwrapper returns an Unwrapper that decodes the events in records with a decoder.
func NewUnwrapper(decoder *Decoder, from Wrapper) *Unwrapper {
	u := &Unwrapper{from: from, decoder: decoder}
	u.visit = u.visitEvent
	return u
}

// ErrNotRecord reports a payload that is JSON but not a record of the wrapper.
var ErrNotRecord = errors.New("not a log record")

// Truncated returns an error for the text of an audit event that ends in
// "[Truncated...]", as in the logs of EKS, and otherwise nil. The beginning of the text is
// enough to find the ID of the event.
func Truncated(begin, end string) error {
	if !strings.HasSuffix(end, "[Truncated...]") {
		return nil
	}
	_, rest, _ := strings.Cut(begin, `"auditID"`)
	rest, ok := strings.CutPrefix(strings.TrimLeft(rest, ": "), `"`)
	id, _, closed := strings.Cut(rest, `"`)
	if !ok || !closed {
		return errors.New("the audit event was truncated by the log")
	}
	return fmt.Errorf("audit event %s was truncated by the log", id)
}

// Decode calls each for every audit event in a payload, which must be a record, or a nested
// array of records and the payloads of [Decoder.Decode].
//
// If each returns an error, Decode stops and returns it. Its own errors are:
//
//   - [ErrNotRecord] if the payload is not a record, or an array; there are no calls of
//     each in this case
//   - [*ListError] if some of its records or events are invalid; each was called for the
//     others
//
// The text of the payload must not change before Decode returns.
func (u *Unwrapper) Decode(payload jsonfields.Node, each func(*fieldsets.Event) error) error {
	if payload.Kind() != jsonfields.Array && !u.recognizes(payload) {
		return ErrNotRecord
	}
	u.each, u.stopped, u.record, u.bad = each, nil, 0, ListError{}
	u.payload(payload)
	switch {
	case u.stopped != nil:
		return u.stopped
	case u.bad.Total > 0:
		bad := u.bad
		return &bad
	}
	return nil
}

func (u *Unwrapper) visitEvent(ev *fieldsets.Event) error {
	u.stopped = u.each(ev)
	return u.stopped
}

// payload decodes a record, an event or a list.
func (u *Unwrapper) payload(n jsonfields.Node) {
	switch {
	case u.stopped != nil:
	case n.Kind() == jsonfields.Array:
		u.list(n)
	case isPayload(n):
		u.record++
		u.fail(n.Offset(), u.decoder.DecodeNode(n, u.visit))
	case !u.recognizes(n):
		u.record++
		u.fail(n.Offset(), ErrNotRecord)
	case n.Get("logEvents").Kind() == jsonfields.Array:
		u.list(n.Get("logEvents"))
	case n.Get("events").Kind() == jsonfields.Array:
		u.list(n.Get("events"))
	case n.Get("records").Kind() == jsonfields.Array:
		u.list(n.Get("records"))
	default:
		u.record++
		u.one(n)
	}
}

func (u *Unwrapper) list(n jsonfields.Node) {
	for element := n.Index(0); element.Exists(); element = element.Next() {
		u.payload(element)
	}
}

// fail adds an error about a record, if there is one.
func (u *Unwrapper) fail(offset int, err error) {
	if err == nil || u.stopped != nil {
		return
	}
	u.bad.add(u.record, offset, err)
}

// is reports whether records of a wrapper are expected.
func (u *Unwrapper) is(w Wrapper) bool { return u.from == w || u.from == AnyWrapper }

// recognizes reports whether n is a record or has a list of records.
func (u *Unwrapper) recognizes(n jsonfields.Node) bool {
	return u.is(EKS) && u.isEKS(n) || u.is(GKE) && isGKE(n) || u.is(AKS) && isAKS(n)
}

// one decodes a single record.
func (u *Unwrapper) one(n jsonfields.Node) {
	switch {
	case u.is(GKE) && isGKE(n):
		u.gke(n)
	case u.is(AKS) && isAKS(n):
		u.aks(n)
	default:
		u.eks(n)
	}
}

// isEKS reports whether n is from CloudWatch Logs. Records have a time beside the message.
func (u *Unwrapper) isEKS(n jsonfields.Node) bool {
	if n.Get("message").Kind() == jsonfields.String {
		return u.from == EKS || n.Get("timestamp").Kind() == jsonfields.Number
	}
	return n.Get("logEvents").Kind() == jsonfields.Array || n.Get("events").Kind() == jsonfields.Array
}

// eksStream is how the names of the streams with audit events begin.
const eksStream = "kube-apiserver-audit"

// eks decodes an event of CloudWatch Logs.
func (u *Unwrapper) eks(n jsonfields.Node) {
	stream := n.Get("logStreamName")
	other := stream.Exists() && !strings.HasPrefix(stream.Text(), eksStream)
	u.wrapped(n.Get("message"), other)
}

// isAKS reports whether n is from Azure Monitor.
func isAKS(n jsonfields.Node) bool {
	return n.At("properties", "log").Exists() || n.Get("records").Kind() == jsonfields.Array
}

// aks decodes a resource log of Azure Monitor.
func (u *Unwrapper) aks(n jsonfields.Node) {
	category := n.Get("category")
	other := category.Exists() && category.Text() != "kube-audit" && category.Text() != "kube-audit-admin"
	log := n.At("properties", "log")
	if log.Kind() == jsonfields.Object {
		u.nested(log.Offset(), log, other)
		return
	}
	u.wrapped(log, other)
}

// wrapped decodes an event that is text in a string. Other reports whether the record says
// that it is from another log. If its text is not an object, it also is.
func (u *Unwrapper) wrapped(n jsonfields.Node, other bool) {
	u.text = n.AppendText(u.text[:0])
	text := strings.TrimSpace(string(u.text[:min(len(u.text), 100)]))
	if n.Kind() != jsonfields.String || !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		u.OtherLogs++
		return
	}
	if err := u.truncated(); err != nil {
		u.fail(n.Offset(), err)
		return
	}
	err := u.doc.Parse(u.text)
	var syntax *jsonfields.SyntaxError
	switch {
	case err == nil:
		u.nested(n.Offset(), u.doc.JSON(), other)
	case other:
		u.OtherLogs++
	case errors.As(err, &syntax):
		u.fail(n.TextOffset(syntax.Offset), err)
	}
}

// truncated returns an error if the text of the event was truncated.
func (u *Unwrapper) truncated() error {
	const most = 1024
	begin, end := u.text[:min(len(u.text), most)], u.text[max(0, len(u.text)-most):]
	return Truncated(string(begin), strings.TrimSpace(string(end)))
}

// nested decodes an event whose text begins at an offset of the payload.
func (u *Unwrapper) nested(offset int, n jsonfields.Node, other bool) {
	err := u.decoder.DecodeNode(n, u.visit)
	if other && errors.Is(err, ErrNotAuditEvent) {
		u.OtherLogs++
		return
	}
	u.fail(offset, err)
}
