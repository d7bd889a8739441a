package fieldsets

import "time"

// Stream is what the events of one input have in common. It numbers them, so it is
// for one goroutine; events of other goroutines have streams of their own.
type Stream struct {
	// Hostname is the name of the machine, the value of evt.hostname and of
	// an alert's hostname.
	Hostname string
	// Location is the time zone of printed times; nil is UTC.
	Location *time.Location

	count uint64
	start int64
}

// Add makes ev the next event of the stream: it sets Stream, Number and Start.
// Decoders call it once the event is complete.
func (s *Stream) Add(ev *Event) {
	s.count++
	if s.count == 1 {
		s.start = ev.Time
	}
	ev.Stream, ev.Number, ev.Start = s, s.count, s.start
}

// Len returns the number of events so far.
func (s *Stream) Len() uint64 { return s.count }

// Restart makes the next event the first one.
func (s *Stream) Restart() { s.count = 0 }

// Event is one event of a source. A decoder makes it; extractors read it and
// change nothing that shows. Unless its decoder says otherwise, an event is for one
// goroutine at a time.
type Event struct {
	// Stream is where the event comes from.
	Stream *Stream
	// Source is the name of the event's source, such as k8s_audit.
	Source string
	// Number counts the events of the stream from 1; it is evt.num.
	Number uint64
	// Time is nanoseconds since 1970, read without a sign as Falco does: it ends in
	// 2554. Start is the time of the stream's first event, from which evt.reltime
	// counts.
	Time, Start int64
	// Data is what the source's extractors read. Its type is the business of
	// the decoder and the extractors of one source.
	Data any
}

// Timestamp returns the time of the event in UTC.
func (ev *Event) Timestamp() time.Time {
	ns := uint64(ev.Time)
	return time.Unix(int64(ns/second), int64(ns%second)).UTC()
}

// Extractor reads one field, its argument given, from an event and adds what
// it finds to out: nothing where the event has no value, one value for a plain
// field, any number for a list. It must not keep out or the event, and must be
// safe for concurrent use with different events.
type Extractor func(ev *Event, out *Values)
