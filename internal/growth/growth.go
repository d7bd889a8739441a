// Package growth tests that the cost of work grows linearly with its size.
//
// Absolute times depend on the machine. The ratio between a large input and several
// small ones separates linear from quadratic work on any machine:
//
//	growth.Linear(t, 1000, func(n int) { parse(strings.Repeat("[", n)) })
//
// Where the system reports it, the cost is the processor time of the process, which
// other processes hardly change.
package growth

import (
	"testing"
	"time"
)

const (
	factor = 8 // how many times larger the large input is
	// slack is the allowed ratio of one large input to factor small ones. It is 1
	// for linear work and 8 for quadratic work.
	slack    = 3
	attempts = 8 // because the garbage collector disturbs some of them
)

// Linear fails the test if run takes much longer for 8*n than eight times for n.
// Use an n for which run takes at least some microseconds.
func Linear(t testing.TB, n int, run func(n int)) {
	t.Helper()
	var small, large time.Duration
	several := func() {
		for range factor / 2 {
			run(n)
		}
	}
	for range attempts {
		// Other work that slows down the small inputs must not hide slow growth.
		before := cost(several)
		large = cost(func() { run(factor * n) })
		small = 2 * min(before, cost(several))
		if large <= slack*small {
			return
		}
	}
	t.Errorf("size %d takes %v, and %d times size %d takes %v", factor*n, large, factor, n, small)
}

func cost(run func()) time.Duration {
	start := now()
	run()
	return now() - start
}
