// Package corpus makes the events and rules that are measured. A seed stands in
// the code, so that the same call gives the same bytes each time, everywhere.
package corpus

import (
	"bufio"
	"encoding/json"
	"io"
	"math/rand/v2"
	"time"
)

// start is the time of the first event.
var start = time.Date(2026, 3, 24, 9, 0, 0, 0, time.UTC)

// dice draws what differs from event to event.
type dice struct{ *rand.Rand }

func newDice() dice { return dice{rand.New(rand.NewPCG(2026, 3))} }

// one returns one of several texts.
func (d dice) one(of ...string) string { return of[d.IntN(len(of))] }

// letters returns a text of n letters and digits as names of pods end in.
func (d dice) letters(n int) string {
	const of = "bcdfghjklmnpqrstvwxz2456789"
	text := make([]byte, n)
	for i := range text {
		text[i] = of[d.IntN(len(of))]
	}
	return string(text)
}

// share is a kind of event and how often there is one, beside the others' shares.
type share[T any] struct {
	of   int
	kind T
}

// pick returns a kind, each as often as it has its share.
func pick[T any](d dice, shares []share[T]) T {
	total := 0
	for _, s := range shares {
		total += s.of
	}
	n := d.IntN(total)
	for _, s := range shares {
		if n -= s.of; n < 0 {
			return s.kind
		}
	}
	panic("corpus: no share")
}

// writeLines writes n values as JSON, one a line.
func writeLines(w io.Writer, n int, value func() any) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	lines := json.NewEncoder(buffered)
	for range n {
		if err := lines.Encode(value()); err != nil {
			return err
		}
	}
	return buffered.Flush()
}
