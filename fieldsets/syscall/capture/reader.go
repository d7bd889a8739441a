package capture

import (
	"errors"
	"io"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/convert"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/state"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Error reports a capture that cannot be read on from a position in the file.
type Error = scap.Error

// ErrNotCapture is the cause of an [Error] for a file that is not a capture.
var ErrNotCapture = scap.ErrNotCapture

// IsCapture reports whether data, the start of a file after decompression, is that of a
// capture.
func IsCapture(data []byte) bool { return scap.IsCapture(data) }

// Reader reads the events of a capture. It is not safe for concurrent use.
type Reader struct {
	in      *scap.Reader
	convert convert.Converter
	state   *state.State
	stream  *fieldsets.Stream
	number  uint64
	first   int64 // time of the first event that is not asynchronous, or 0
	related bool  // whether the lists of the section have been read
	started bool  // whether an event has been read that is not initial
	event   fieldsets.Event
	data    Event
	item    func(scap.Kind) // if not nil, called for items that are not events
}

// Event is the Data of the events of a [Reader].
type Event struct {
	state  *state.State
	ev     *scap.Event
	number uint64
	stream *fieldsets.Stream
}

// NewReader returns a reader of a capture, which may be compressed with gzip. The stream
// supplies the time zone of printed times; events have the numbers that they have in the file.
// The error is an [*Error].
func NewReader(in io.Reader, stream *fieldsets.Stream) (*Reader, error) {
	blocks, err := scap.NewReader(in)
	if err != nil {
		return nil, err
	}
	r := &Reader{in: blocks, state: state.New(), stream: stream}
	r.data.state, r.data.ev, r.data.stream = r.state, &blocks.Event, stream
	return r, nil
}

// Next returns the next event, which is valid until the following call, or io.EOF after the
// last one. It leaves out events on which Falco evaluates no rule for system calls: those that
// describe the state at the start of a capture, the enter events of system calls, and the
// events of plugins.
//
// If the capture is broken, Next returns an [*Error] after the last event before that.
func (r *Reader) Next() (*fieldsets.Event, error) {
	for {
		kind, err := r.in.Next()
		if err != nil {
			return nil, err
		}
		if kind == scap.EventItem {
			if r.apply() {
				return &r.event, nil
			}
			continue
		}
		if r.add(kind); r.item != nil {
			r.item(kind)
		}
	}
}

// Lost returns the number of returns of system calls whose entry is missing in an old capture,
// and of old events that cannot be converted. Some values are missing for the former.
func (r *Reader) Lost() (entries, events int64) { return r.convert.Lost, r.convert.Unknown }

// add adds an item of the lists to the state.
func (r *Reader) add(kind scap.Kind) {
	switch kind {
	case scap.SectionItem:
		if r.number > 0 || r.related {
			r.state.Reset()
			r.convert.Reset()
			r.related, r.started, r.first = false, false, 0
		}
	case scap.MachineItem:
		r.state.Machine = r.in.Machine
	case scap.ProcessItem:
		r.state.AddProcess(&r.in.Process)
	case scap.FileItem:
		r.state.AddFile(&r.in.File)
	case scap.IfacesItem:
		r.state.ResetIfaces()
	case scap.IfaceItem:
		r.state.AddIface(&r.in.Iface)
	case scap.UserItem:
		r.state.AddUser(&r.in.User)
	case scap.GroupItem:
		r.state.AddGroup(&r.in.User)
	}
}

// apply changes the state with the current event and reports whether it is for rules.
func (r *Reader) apply() bool {
	ev := &r.in.Event
	if !r.related {
		r.related = true
		r.state.Related()
	}
	if !r.convert.Convert(ev) {
		return false
	}
	initial := !r.started && state.IsInitial(ev)
	if !r.started && !initial {
		r.started = true
		r.state.Started()
	}
	r.number++
	r.state.Apply(ev)
	if initial || ev.Info.Class == table.Syscall && ev.Info.IsEnter() || ev.Info.Code == table.PlugineventE {
		return false
	}
	if r.first == 0 && ev.Info.Class != table.Meta {
		r.first = int64(ev.Time)
	}
	r.event = fieldsets.Event{
		Stream: r.stream, Source: syscall.SourceName, Number: r.number, Time: int64(ev.Time), Start: r.first,
		Hostname: r.state.Machine.Hostname, Data: &r.data,
	}
	if ev.Info.Class == table.Meta {
		r.event.Async = r.data.name()
	}
	r.data.number = r.number
	return true
}

// name returns the value of evt.type.
func (e *Event) name() string {
	switch e.ev.Info.Code {
	case table.GenericX:
		call := int(state.Number(e.param(0)))
		if native := e.param(1); call == 0 && len(native) > 0 {
			if name, ok := table.NativeCall(int(state.Number(native))); ok {
				return name
			}
		}
		if calls := table.Calls(); call < len(calls) {
			return calls[call]
		}
		return ""
	case table.AsynceventE:
		return e.state.String(state.Text(e.param(1)))
	}
	return e.ev.Info.Name
}

// IsTruncated reports whether an error says that a capture ends too early, so that everything
// up to there has been read.
func IsTruncated(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }
