package events

import (
	"bytes"
	"context"
	"io"

	"github.com/falcorules/falcorules/diag"
)

// Input yields records. It is not safe for concurrent use.
type Input interface {
	// Next returns the next record, which is valid until the following call, or
	// io.EOF after the last one. A [*diag.Diagnostic] reports text that cannot be
	// read; the next call continues after it. Any other error is final.
	Next(ctx context.Context) (*Record, error)
	// Close releases the input. [Run] and [All] call it.
	Close() error
}

// Acker is an Input, such as a message queue, that needs to know when a record has been
// processed. [Run] calls Ack for each record in order, after it has written the output
// for the record. It calls Ack concurrently with Next.
type Acker interface {
	Input
	Ack(*Record) error
}

// Waiter is an Input that knows when it has to wait, for example for a pipe. [Run]
// processes the records of a Waiter in batches, and submits an incomplete batch when
// the input calls f, which it must do before Next waits. For other inputs each record
// is a batch.
type Waiter interface {
	Input
	BeforeWait(f func())
}

// Record is a piece of an input with the text of any number of events.
type Record struct {
	// Raw is the text, without white space around it.
	Raw []byte
	// Name is the name of the file or other origin of the record.
	Name string
	// Pos is the position of the text in the file.
	Pos diag.Pos
	// Format is the format of the text.
	Format Format
	// Body is the content of a record with the format Capture, which has no text. The
	// decoder reads it to its end, and closes it if it is an io.Closer.
	Body io.Reader
	// Ref is what an [Acker] outside this package needs to know about the record. It does
	// not keep the text.
	Ref any

	// If the record is from a Follower, origin and end are for its Position.
	origin *origin
	end    int64
}

// Format is the format of a record.
type Format uint8

const (
	// JSON is one JSON value.
	JSON Format = iota
	// JSONItem is an item of an EventList. Its kind may be omitted.
	JSONItem
	// YAML is a YAML file with any number of documents.
	YAML
	// SuiteYAML is a part of a test suite: an event, or a mapping with the key event
	// or events, or a list of these.
	SuiteYAML
	// Capture is a capture of system calls; see package syscall/capture.
	Capture
)

// At returns the range in the file that begins at an offset of Raw.
func (r *Record) At(offset int) diag.Range {
	before := r.Raw[:min(max(offset, 0), len(r.Raw))]
	pos := diag.Pos{Offset: r.Pos.Offset + len(before), Line: r.Pos.Line, Column: r.Pos.Column + len(before)}
	if last := bytes.LastIndexByte(before, '\n'); last >= 0 {
		pos.Line += bytes.Count(before, []byte{'\n'})
		pos.Column = len(before) - last
	}
	return diag.Range{File: r.Name, Start: pos}
}

// in converts a range of Raw to a range of the file.
func (r *Record) in(s diag.Span) diag.Range {
	shift := func(p diag.Pos) diag.Pos {
		if !p.IsValid() {
			return p
		}
		if p.Line == 1 {
			p.Column += r.Pos.Column - 1
		}
		p.Line += r.Pos.Line - 1
		p.Offset += r.Pos.Offset
		return p
	}
	return diag.Range{File: r.Name, Start: shift(s.Start), End: shift(s.End)}
}

// Codes of diagnostics.
const (
	// BadEvent reports text that is not an event.
	BadEvent diag.Code = "EVENTS_ERR_EVENT"
	// BadInput reports an input that cannot be read to its end.
	BadInput diag.Code = "EVENTS_ERR_INPUT"
)
