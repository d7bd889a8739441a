// Package cputime measures work in tests by the processor time that it takes,
// which other work on the machine does not count in.
package cputime

import (
	"testing"
	"time"
)

// Growth returns how much longer work takes for size*factor than for size: about
// factor where it is linear, and factor squared where it is quadratic. Each is
// measured some times, and the shortest counts.
func Growth(t *testing.T, size, factor int, work func(size int)) float64 {
	t.Helper()
	least := func(size int) time.Duration {
		var best time.Duration
		for i := range 3 {
			start := now(t)
			work(size)
			if took := now(t) - start; i == 0 || took < best {
				best = took
			}
		}
		return max(best, time.Microsecond)
	}
	return float64(least(size*factor)) / float64(least(size))
}
