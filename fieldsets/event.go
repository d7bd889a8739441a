package fieldsets

import "time"

// Stream numbers the events of one input, and has the settings that they share. It is not
// safe for concurrent use: give each goroutine a stream of its own.
type Stream struct {
	// Hostname is the value of evt.hostname and of hostname in alerts.
	Hostname string
	// Location is the time zone of printed times; nil means UTC.
	Location *time.Location

	count uint64
	start int64
}

// Add makes ev the next event of the stream: it sets Stream, Number and Start.
// Decoders call it when the event is complete.
func (s *Stream) Add(ev *Event) {
	s.count++
	if s.count == 1 {
		s.start = ev.Time
	}
	ev.Stream, ev.Number, ev.Start = s, s.count, s.start
}

// Len returns the number of events added so far.
func (s *Stream) Len() uint64 { return s.count }

// Restart makes the next event number 1 again.
func (s *Stream) Restart() { s.count = 0 }

// Event is one event of a source. Decoders create events and extractors read
// them. Unless the decoder says otherwise, only one goroutine at a time may use
// an event, because extractors may cache values in it.
type Event struct {
	// Stream is the stream that the event was added to, or nil.
	Stream *Stream
	// Source is the name of the event source, such as k8s_audit.
	Source string
	// Number is the position in the stream, from 1; evt.num returns it.
	Number uint64
	// Time is in nanoseconds since 1970. Like Falco, fields and alerts treat it
	// as unsigned, so times after 2262 are negative here. Start is the time of
	// the stream's first event, where evt.reltime starts.
	Time, Start int64
	// Async is the type of an asynchronous event, or "" for other events.
	Async string
	// Hostname is the name of the machine that the event is from, if that is known to be
	// another one than that of the stream.
	Hostname string
	// Data is the payload. Only the source's decoder and extractors know its
	// type.
	Data any
}

// Timestamp returns the time of the event in UTC.
func (ev *Event) Timestamp() time.Time {
	ns := uint64(ev.Time)
	return time.Unix(int64(ns/second), int64(ns%second)).UTC()
}

// Extractor reads one field, with a fixed argument, from an event and adds its
// values to out: nothing if the event has no value, one value for a plain field,
// any number for a list. It must not keep out or the event, and it must be safe
// for concurrent use on different events.
type Extractor func(ev *Event, out *Values)
