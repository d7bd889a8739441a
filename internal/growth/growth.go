// Package growth tests that the cost of work grows linearly with its size.
//
// Absolute times depend on the machine. The ratio between a large input and several
// small ones separates linear from quadratic work on any machine:
//
//	growth.Linear(t, 1000, func(n int) { parse(strings.Repeat("[", n)) })
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
	attempts = 8 // because a busy machine disturbs some of them
)

// Linear fails the test if run takes much longer for 8*n than eight times for n.
// Use an n for which run takes at least some microseconds.
func Linear(t testing.TB, n int, run func(n int)) {
	t.Helper()
	var small, large time.Duration
	several := func() {
		for range factor {
			run(n)
		}
	}
	for range attempts {
		// Other work that slows down the small inputs must not hide slow growth.
		before := elapsed(several)
		large = elapsed(func() { run(factor * n) })
		small = min(before, elapsed(several))
		if large <= slack*small {
			return
		}
	}
	t.Errorf("size %d takes %v, and %d times size %d takes %v", factor*n, large, factor, n, small)
}

func elapsed(run func()) time.Duration {
	start := time.Now()
	run()
	return time.Since(start)
}
