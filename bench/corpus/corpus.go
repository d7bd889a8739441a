// Package corpus generates the events and rules of benchmarks. The seed of the random
// numbers is fixed, so the same call always writes the same bytes.
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

// dice makes random choices.
type dice struct{ *rand.Rand }

func newDice() dice { return dice{rand.New(rand.NewPCG(2026, 3))} }

// one returns one of several strings.
func (d dice) one(of ...string) string { return of[d.IntN(len(of))] }

// letters returns n letters and digits, as at the end of a pod's name.
func (d dice) letters(n int) string {
	const of = "bcdfghjklmnpqrstvwxz2456789"
	text := make([]byte, n)
	for i := range text {
		text[i] = of[d.IntN(len(of))]
	}
	return string(text)
}

// share is a kind of value and its frequency, relative to that of others.
type share[T any] struct {
	of   int
	kind T
}

// pick picks a kind at random, with the given frequencies.
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
	panic("corpus: no kinds to pick from")
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
