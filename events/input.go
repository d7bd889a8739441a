package events

import (
	"bytes"
	"context"

	"github.com/falcorules/falcorules/diag"
)

// Input yields records. It is for one goroutine.
type Input interface {
	// Next returns the next record, which is valid until the following call, or
	// io.EOF after the last one. A *diag.Diagnostic reports something that cannot
	// be read; the next call goes on after it. Any other error is final.
	Next(ctx context.Context) (*Record, error)
	// Close releases the input. [Run] and [All] call it.
	Close() error
}

// Acker is an Input that wants to know when records are done with, such as a
// message queue. [Run] calls Ack for each record in order, after the output that
// the record caused was written. Ack is called on the goroutine of [Run], at the same
// time as Next on another one.
type Acker interface {
	Input
	Ack(*Record) error
}

// Waiter is an Input that says when it has to wait, such as for a pipe. [Run]
// passes records on in batches; it asks a Waiter to call f before Next waits, so
// that none is held back. For other inputs each record is a batch.
type Waiter interface {
	Input
	BeforeWait(f func())
}

// Record is a piece of an input: the text of an event, of several, or of none.
type Record struct {
	// Raw is the text, without white space around it.
	Raw []byte
	// Name is the name of the file, or of whatever else the record comes from.
	Name string
	// Pos is where the text begins.
	Pos diag.Pos
	// Format says how to read the text.
	Format Format
}

// Format is the format of a record.
type Format uint8

const (
	// JSON is one JSON value.
	JSON Format = iota
	// JSONItem is an element of the items of an EventList, which needs no kind.
	JSONItem
	// YAML is all documents of a file.
	YAML
	// SuiteYAML is a part of a test suite: an event, a list of them, or mappings
	// with an event under the key event or events.
	SuiteYAML
)

// At returns the range that begins at an offset of Raw.
func (r *Record) At(offset int) diag.Range {
	before := r.Raw[:min(max(offset, 0), len(r.Raw))]
	pos := diag.Pos{Offset: r.Pos.Offset + len(before), Line: r.Pos.Line, Column: r.Pos.Column + len(before)}
	if last := bytes.LastIndexByte(before, '\n'); last >= 0 {
		pos.Line += bytes.Count(before, []byte{'\n'})
		pos.Column = len(before) - last
	}
	return diag.Range{File: r.Name, Start: pos}
}

// in returns a range of Raw as a range of the input.
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

// The codes of diagnostics.
const (
	// BadEvent is the code of what is not an event.
	BadEvent diag.Code = "EVENTS_ERR_EVENT"
	// BadInput is the code of an input that cannot be read to its end.
	BadInput diag.Code = "EVENTS_ERR_INPUT"
)
