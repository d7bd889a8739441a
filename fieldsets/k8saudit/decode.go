package k8saudit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// DefaultMaxEventSize is the default maximum size of an event's compact text in bytes. It
// is the limit of Falco's plugin.
const DefaultMaxEventSize = 262144

// Decoder decodes audit events in JSON. It is not safe for concurrent use.
//
// An event, with all texts read from it, is valid only until the function that received
// it returns, because the next event uses the same memory. That memory grows with the
// largest payload.
type Decoder struct {
	// MaxEventSize is the maximum size of an event's compact text in bytes.
	MaxEventSize int

	stream *fieldsets.Stream
	doc    jsonfields.Document
	event  fieldsets.Event
	audit  auditEvent
}

// NewDecoder returns a decoder that adds events to stream, or to a new stream if that is
// nil. Its MaxEventSize is [DefaultMaxEventSize].
func NewDecoder(stream *fieldsets.Stream) *Decoder {
	if stream == nil {
		stream = new(fieldsets.Stream)
	}
	d := &Decoder{MaxEventSize: DefaultMaxEventSize, stream: stream}
	d.event.Source = SourceName
	d.event.Data = &d.audit
	return d
}

// Decode calls each for every audit event in payload, which must be an Event, an
// EventList, or a nested array of these.
//
// If each returns an error, Decode stops and returns it. Its own errors are:
//
//   - [*jsonfields.SyntaxError] if the payload is not JSON
//   - [ErrNotAuditEvent] if the payload, or any value in an array, is not an audit
//     event; there are no calls of each in this case
//   - [*TimestampError] or [*SizeError] if the payload is an invalid Event
//   - [*ListError] if events of a list or an array are invalid; each was called for the
//     others
//
// The payload must not change before Decode returns, and each must not call methods of
// the decoder.
func (d *Decoder) Decode(payload []byte, each func(*fieldsets.Event) error) error {
	if err := d.doc.Parse(payload); err != nil {
		return err
	}
	return d.DecodeNode(d.doc.JSON(), each)
}

// DecodeNode is like [Decoder.Decode] for a parsed payload.
func (d *Decoder) DecodeNode(root jsonfields.Node, each func(*fieldsets.Event) error) error {
	if !isPayload(root) {
		return ErrNotAuditEvent
	}
	if isEvent(root) {
		return d.DecodeItemNode(root, each)
	}
	var bad ListError
	item := 0
	if err := d.decodeList(root, &item, &bad, each); err != nil {
		return err
	}
	if bad.Total > 0 {
		return &bad
	}
	return nil
}

// DecodeItem is like [Decoder.Decode] for a single item of an EventList, whose kind is
// optional.
func (d *Decoder) DecodeItem(item []byte, each func(*fieldsets.Event) error) error {
	if err := d.doc.Parse(item); err != nil {
		return err
	}
	return d.DecodeItemNode(d.doc.JSON(), each)
}

// DecodeItemNode is like [Decoder.DecodeItem] for a parsed item.
func (d *Decoder) DecodeItemNode(item jsonfields.Node, each func(*fieldsets.Event) error) error {
	if err := d.prepare(item); err != nil {
		return err
	}
	return each(&d.event)
}

// isPayload reports whether n is a valid payload for Decode.
func isPayload(n jsonfields.Node) bool {
	if n.Kind() == jsonfields.Array {
		for element := n.Index(0); element.Exists(); element = element.Next() {
			if !isPayload(element) {
				return false
			}
		}
		return true
	}
	return isEvent(n) || isText(n.Get("kind"), "EventList") && n.Get("items").Kind() == jsonfields.Array
}

func isEvent(n jsonfields.Node) bool { return isText(n.Get("kind"), "Event") }

// decodeList decodes an EventList or an array. It counts events, including invalid ones,
// in item.
func (d *Decoder) decodeList(n jsonfields.Node, item *int, bad *ListError, each func(*fieldsets.Event) error) error {
	isArray := n.Kind() == jsonfields.Array
	if !isArray {
		n = n.Get("items")
	}
	for element := n.Index(0); element.Exists(); element = element.Next() {
		if isArray && !isEvent(element) {
			if err := d.decodeList(element, item, bad, each); err != nil {
				return err
			}
			continue
		}
		*item++
		if err := d.prepare(element); err != nil {
			bad.add(*item, element.Offset(), err)
			continue
		}
		if err := each(&d.event); err != nil {
			return err
		}
	}
	return nil
}

// prepare sets the event of the decoder.
func (d *Decoder) prepare(n jsonfields.Node) error {
	stamp := n.Get("stageTimestamp")
	if !stamp.Exists() {
		return &TimestampError{Missing: true}
	}
	text := ""
	if stamp.Kind() == jsonfields.String {
		text = stamp.Text()
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return newTimestampError(stamp)
	}
	return d.add(n, at)
}

// add sets the event of the decoder and adds it to the stream.
func (d *Decoder) add(n jsonfields.Node, at time.Time) error {
	if size := n.CompactSize(); size > d.MaxEventSize {
		return &SizeError{Size: size, Limit: d.MaxEventSize}
	}
	d.audit = auditEvent{root: n, identified: n.Get("auditID").Exists()}
	d.event.Time = at.UnixNano()
	d.stream.Add(&d.event)
	return nil
}

// ErrNotAuditEvent reports a payload that is JSON but neither an Event nor an EventList
// with a list of items.
var ErrNotAuditEvent = errors.New("not an audit event: want kind Event, or kind EventList and items")

// TimestampError reports an event without a valid time.
type TimestampError struct {
	// Missing reports whether there is no stageTimestamp. If false, it is not a time in
	// RFC 3339 format.
	Missing bool
	// Text is the beginning of the stageTimestamp.
	Text string
}

func newTimestampError(stamp jsonfields.Node) error {
	return &TimestampError{Text: clipText(stamp)}
}

// clipText returns the beginning of the text of a value.
func clipText(n jsonfields.Node) string {
	const enough = 64
	text := string(n.AppendText(nil)) // a copy, because the payload may change
	if len(text) > enough {
		text = text[:enough] + "…"
	}
	return text
}

func (e *TimestampError) Error() string {
	if e.Missing {
		return "the audit event has no stageTimestamp"
	}
	return fmt.Sprintf("invalid stageTimestamp %q of an audit event: want a time such as 2006-01-02T15:04:05Z", e.Text)
}

// SizeError reports an event that is too large.
type SizeError struct {
	// Size is the size of the compact text in bytes, and Limit the maximum.
	Size, Limit int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("audit event of %d bytes exceeds the limit of %d", e.Size, e.Limit)
}

// maxListErrors limits the memory for errors, which are larger than the events that cause
// them.
const maxListErrors = 100

// ListError reports invalid events in a list.
type ListError struct {
	// Items are the errors in the order of the events, at most 100.
	Items []*ItemError
	// Total is the number of invalid events.
	Total int
}

func (e *ListError) add(item, offset int, err error) {
	e.Total++
	if len(e.Items) < maxListErrors {
		e.Items = append(e.Items, &ItemError{item, offset, err})
	}
}

// Error returns the messages of the first three errors and the number of others.
func (e *ListError) Error() string {
	const enough = 3
	var b strings.Builder
	for i, item := range e.Items[:min(len(e.Items), enough)] {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(item.Error())
	}
	if e.Total > enough {
		fmt.Fprintf(&b, "; and %d more", e.Total-enough)
	}
	return b.String()
}

// Unwrap returns Items.
func (e *ListError) Unwrap() []error {
	errs := make([]error, len(e.Items))
	for i, item := range e.Items {
		errs[i] = item
	}
	return errs
}

// ItemError is the error about an event in a list.
type ItemError struct {
	// Item is the number of the event in the payload, from 1.
	Item int
	// Offset is where the event begins in the payload, in bytes, or where the error is in
	// the text of a wrapped event.
	Offset int
	// Err is a [*TimestampError] or a [*SizeError], or an error of an [Unwrapper].
	Err error
}

func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Item, e.Err) }

// Unwrap returns Err.
func (e *ItemError) Unwrap() error { return e.Err }
