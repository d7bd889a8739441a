package events

import (
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

// batch is a group of records for one goroutine.
type batch struct {
	text  []byte // of all records
	items []item
}

// item is a record or an error.
type item struct {
	Record
	err error
}

// A batch is full when it reaches either limit.
const (
	batchBytes = 128 << 10
	batchItems = 4096
)

// add adds a copy of a record.
func (b *batch) add(rec *Record) {
	start := len(b.text)
	b.text = append(b.text, rec.Raw...)
	// Even if append moves the text, earlier records still refer to the old memory.
	b.items = append(b.items, item{*rec, nil})
	b.items[len(b.items)-1].Raw = b.text[start:len(b.text):len(b.text)]
}

// fail adds an error of the input.
func (b *batch) fail(err error) { b.items = append(b.items, item{err: err}) }

func (b *batch) empty() bool { return len(b.items) == 0 }

// full reports whether the batch is to be handled now. Open files of captures do not wait.
func (b *batch) full() bool {
	return len(b.text) >= batchBytes || len(b.items) >= batchItems || len(b.items) > 0 && b.items[len(b.items)-1].Body != nil
}

func (b *batch) reset() {
	clear(b.items)
	*b = batch{text: b.text[:0], items: b.items[:0]}
}

// result is the result of a batch or of a part of it.
type result struct {
	batch *batch
	// last marks the last result of the batch.
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

// resultBytes is the size of the output at which a result is passed on.
const resultBytes = 256 << 10

// worker handles batches on one goroutine.
type worker struct {
	decoder Decoder
	visitor Visitor
	// visit is the method event; as a field it is allocated only once.
	visit   func(*fieldsets.Event) error
	results *sync.Pool
	// The current batch, and the result that is not yet emitted.
	batch *batch
	emit  func(*result)
	res   *result
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
		case diag.Has(err):
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

// event visits an event. It returns ErrStop instead of the visitor's error, which could
// be mistaken for a diagnostic of the decoder.
func (w *worker) event(ev *fieldsets.Event) error {
	if w.res.err != nil {
		return ErrStop
	}
	w.res.events++
	out, err := w.visitor(ev, w.res.out)
	if err == nil || out != nil { // otherwise the output for earlier events stays
		w.res.out = out
	}
	if w.res.err = err; err != nil {
		return ErrStop
	}
	if len(w.res.out) >= resultBytes {
		w.emit(w.res)
		w.begin()
	}
	return nil
}
