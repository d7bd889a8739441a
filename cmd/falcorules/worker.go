package main

import (
	"fmt"
	"sync"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/eventfile"
	"github.com/falcorules/falcorules/internal/jsonstream"
)

// worker makes events of batches and visits them, on one goroutine.
type worker struct {
	events   *eventfile.Decoder
	outcomes *sync.Pool
	o        *outcome // of the batch in hand
}

func newWorker(events *eventfile.Decoder, outcomes *sync.Pool) *worker {
	return &worker{events: events, outcomes: outcomes}
}

// do visits the events of a batch.
func (w *worker) do(b *batch, visit visitor, emit func(*outcome)) {
	w.begin(b.file)
	w.events.Visit = func(ev *fieldsets.Event) {
		w.o.events++
		visit(ev, w.o)
		if len(w.o.out) >= largeOutcome {
			emit(w.o)
			w.begin(b.file)
		}
	}
	w.events.Report = func(p eventfile.Problem) { w.o.problems = append(w.o.problems, p) }
	if b.yaml {
		w.o.failure = w.events.YAML(b.text)
	}
	for i := range b.pieces {
		if bad := b.pieces[i].bad; bad != nil {
			w.events.Report(eventfile.Problem{Line: bad.Line, Column: bad.Column, Msg: noJSON(bad)})
			continue
		}
		w.events.JSON(b.piece(i))
	}
	if b.failure != nil {
		w.o.failure = b.failure
	}
	emit(w.o)
}

// noJSON says what is wrong with text that is no JSON. Where a file begins with
// it, that is perhaps another one.
func noJSON(bad *jsonstream.Error) string {
	msg := fmt.Sprintf("%s: %q", bad.Msg, bad.Text)
	if bad.Line == 1 && bad.Column == 1 && bad.Kind == jsonstream.Malformed {
		msg += "; YAML is read from files that end in .yaml or .yml"
	}
	return msg
}

func (w *worker) begin(file *inputFile) {
	w.o = w.outcomes.Get().(*outcome)
	w.o.reset(file)
}
