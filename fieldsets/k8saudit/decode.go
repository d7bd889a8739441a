package k8saudit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// DefaultMaxEventSize is how large the compact text of an event may be, in
// bytes, unless a [Decoder] says otherwise. It is the plugin's limit.
const DefaultMaxEventSize = 262144

// Decoder makes events of the JSON that API servers write. It is for one
// goroutine; give each its own.
//
// The event that it hands out, its texts and everything read from it are good
// until the function that got it returns: the next event is made in the same
// memory. The memory that a decoder keeps grows with the largest payload.
type Decoder struct {
	// MaxEventSize is how large the compact text of an event may be, in
	// bytes.
	MaxEventSize int

	stream *fieldsets.Stream
	doc    jsonfields.Document
	event  fieldsets.Event
	audit  auditEvent
}

// NewDecoder returns a decoder of the events of stream, which numbers them;
// nil is a new stream. It reads events of at most [DefaultMaxEventSize].
func NewDecoder(stream *fieldsets.Stream) *Decoder {
	if stream == nil {
		stream = new(fieldsets.Stream)
	}
	d := &Decoder{MaxEventSize: DefaultMaxEventSize, stream: stream}
	d.event.Source = SourceName
	d.event.Data = &d.audit
	return d
}

// Decode calls each for every audit event in payload, which must be one JSON
// value: an Event, an EventList, or an array of those and of such arrays. In an
// array all values must be so, or there are no events at all.
//
// An error that each returns ends Decode, which returns it. The other errors
// are:
//
//   - [*jsonfields.SyntaxError]: the payload is not JSON.
//   - [ErrNotAuditEvent]: the payload, or a value in its array, is no audit
//     event.
//   - [*TimestampError] and [*SizeError]: what is wrong with an Event that is
//     the whole payload.
//   - [*ListError]: what is wrong with events of a list or an array. Those
//     without errors have been handed to each.
//
// The payload must not change before Decode returns; each must not call a
// method of the decoder.
func (d *Decoder) Decode(payload []byte, each func(*fieldsets.Event) error) error {
	if err := d.doc.Parse(payload); err != nil {
		return err
	}
	return d.DecodeNode(d.doc.JSON(), each)
}

// DecodeNode is [Decoder.Decode] of a payload that has been parsed.
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

// DecodeItem calls each for item, an element of the items of an EventList. It
// needs no kind, as in a list. The errors are those of [Decoder.Decode] for a
// single Event.
func (d *Decoder) DecodeItem(item []byte, each func(*fieldsets.Event) error) error {
	if err := d.doc.Parse(item); err != nil {
		return err
	}
	return d.DecodeItemNode(d.doc.JSON(), each)
}

// DecodeItemNode is [Decoder.DecodeItem] of an item that has been parsed.
func (d *Decoder) DecodeItemNode(item jsonfields.Node, each func(*fieldsets.Event) error) error {
	if err := d.prepare(item); err != nil {
		return err
	}
	return each(&d.event)
}

// isPayload reports whether n is what Decode reads.
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

// decodeList decodes an EventList or an array. The item is the number of the
// last event, those with errors included.
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
			bad.add(*item, err)
			continue
		}
		if err := each(&d.event); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes n the event of the decoder.
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
	if size := n.CompactSize(); size > d.MaxEventSize {
		return &SizeError{Size: size, Limit: d.MaxEventSize}
	}
	d.audit = auditEvent{root: n, identified: n.Get("auditID").Exists()}
	d.event.Time = at.UnixNano()
	d.stream.Add(&d.event)
	return nil
}

// ErrNotAuditEvent is the error of a payload that is JSON but no audit event:
// its kind is neither Event nor EventList, or an EventList has no list of items.
var ErrNotAuditEvent = errors.New("not an audit event: neither of kind Event nor an EventList with items")

// TimestampError says that an event has no time.
type TimestampError struct {
	// Missing says that there is no stageTimestamp; otherwise there is one
	// that is not a time as RFC 3339 has it.
	Missing bool
	// Text is the text of the stageTimestamp, cut if it is long.
	Text string
}

func newTimestampError(stamp jsonfields.Node) error {
	const enough = 64
	text := string(stamp.AppendText(nil)) // A copy: the payload may change.
	if len(text) > enough {
		text = text[:enough] + "…"
	}
	return &TimestampError{Text: text}
}

func (e *TimestampError) Error() string {
	if e.Missing {
		return "the audit event has no stageTimestamp"
	}
	return fmt.Sprintf("the stageTimestamp %q of the audit event is not a time like 2006-01-02T15:04:05Z", e.Text)
}

// SizeError says that an event is larger than the decoder may read.
type SizeError struct {
	// Size is the length of its compact text in bytes, Limit what it may be.
	Size, Limit int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("the audit event has %d bytes, more than the %d allowed", e.Size, e.Limit)
}

// maxListErrors is how many errors a ListError keeps: each is larger than the
// shortest event that causes one.
const maxListErrors = 100

// ListError says what is wrong with events in a list.
type ListError struct {
	// Items are the errors in the order of the events, but no more than the
	// first 100.
	Items []*ItemError
	// Total is how many events have errors.
	Total int
}

func (e *ListError) add(item int, err error) {
	e.Total++
	if len(e.Items) < maxListErrors {
		e.Items = append(e.Items, &ItemError{item, err})
	}
}

// Error returns the first three errors and the number of others.
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

// Unwrap returns the errors of Items.
func (e *ListError) Unwrap() []error {
	errs := make([]error, len(e.Items))
	for i, item := range e.Items {
		errs[i] = item
	}
	return errs
}

// ItemError is the error of one event in a list.
type ItemError struct {
	// Item is the number of the event in the payload, from 1.
	Item int
	// Err is a [*TimestampError] or a [*SizeError].
	Err error
}

func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Item, e.Err) }

// Unwrap returns Err.
func (e *ItemError) Unwrap() error { return e.Err }
