package events

import (
	"errors"
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

// batch is a number of records that one goroutine handles.
type batch struct {
	text  []byte // of the records
	items []item
}

// item is a record, or the error instead of one.
type item struct {
	Record
	err error
}

// A batch is full with so many bytes, or so many items: errors have no bytes.
const (
	batchBytes = 128 << 10
	batchItems = 4096
)

// add adds a copy of a record.
func (b *batch) add(rec *Record) {
	start := len(b.text)
	b.text = append(b.text, rec.Raw...)
	// If this moved the text, earlier records keep the old one.
	b.items = append(b.items, item{*rec, nil})
	b.items[len(b.items)-1].Raw = b.text[start:len(b.text):len(b.text)]
}

// fail adds an error of the input.
func (b *batch) fail(err error) { b.items = append(b.items, item{err: err}) }

func (b *batch) empty() bool { return len(b.items) == 0 }

func (b *batch) full() bool { return len(b.text) >= batchBytes || len(b.items) >= batchItems }

func (b *batch) reset() {
	clear(b.items)
	*b = batch{text: b.text[:0], items: b.items[:0]}
}

// result is what came of a batch, or of a part of it.
type result struct {
	batch *batch
	// last says that it is the last result of the batch.
	last     bool
	out      []byte
	events   int64
	problems diag.List
	// err ends the run.
	err error
}

func (r *result) reset() {
	clear(r.problems)
	*r = result{out: r.out[:0], problems: r.problems[:0]}
}

// resultBytes is how much output is collected before it is passed on.
const resultBytes = 256 << 10

// worker handles batches on one goroutine.
type worker struct {
	decoder Decoder
	visitor Visitor
	// visit is the method event.
	visit   func(*fieldsets.Event) error
	results *sync.Pool
	// Of the current batch:
	batch *batch
	emit  func(*result)
	res   *result // which belongs to others once it is emitted
}

func newWorker(decoder Decoder, visitor Visitor, results *sync.Pool) *worker {
	w := &worker{decoder: decoder, visitor: visitor, results: results}
	w.visit = w.event
	return w
}

// handle decodes the records of a batch and visits their events.
func (w *worker) handle(b *batch, emit func(*result)) {
	w.batch, w.emit = b, emit
	w.begin()
	for i := range b.items {
		it := &b.items[i]
		err := it.err
		if err == nil {
			err = w.decoder.Decode(&it.Record, w.visit)
		}
		switch {
		case err == nil:
		case isDiagnostic(err):
			w.res.problems = append(w.res.problems, diag.Of(err)...)
		case w.res.err == nil:
			w.res.err = err
		}
		if w.res.err != nil {
			break
		}
	}
	w.res.last = true
	emit(w.res)
}

// begin starts a result.
func (w *worker) begin() {
	w.res, _ = w.results.Get().(*result)
	if w.res == nil {
		w.res = new(result)
	}
	w.res.batch = w.batch
}

// event visits an event. The decoder gets ErrStop in place of the visitor's error,
// which can be a diagnostic like those of the decoder.
func (w *worker) event(ev *fieldsets.Event) error {
	if w.res.err != nil {
		return ErrStop
	}
	w.res.events++
	w.res.out, w.res.err = w.visitor(ev, w.res.out)
	if w.res.err != nil {
		return ErrStop
	}
	if len(w.res.out) >= resultBytes {
		w.emit(w.res)
		w.begin()
	}
	return nil
}

// isDiagnostic reports whether an error is about something that cannot be read, so
// that reading goes on.
func isDiagnostic(err error) bool {
	var list diag.List
	var d *diag.Diagnostic
	return errors.As(err, &list) || errors.As(err, &d)
}
