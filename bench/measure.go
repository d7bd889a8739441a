package main

import (
	"runtime"
	"time"
)

// rounds takes measures in turn, n times, so that what slows the machine down for
// a while slows down all of them. One more round goes before, which warms up.
func rounds(n int, measures ...func() (float64, error)) ([][]float64, error) {
	out := make([][]float64, len(measures))
	for round := range n + 1 {
		for i, measure := range measures {
			x, err := measure()
			if err != nil {
				return nil, err
			}
			if round > 0 {
				out[i] = append(out[i], x)
			}
		}
	}
	return out, nil
}

// shortest is how long a measure in memory goes on, so that the clock and the
// scheduler do not count.
const shortest = 50 * time.Millisecond

// perItem returns the nanoseconds that an item takes, where work deals with the
// given number of them.
func perItem(items int, work func()) func() (float64, error) {
	return func() (float64, error) {
		runtime.GC()
		done := 0
		begin := time.Now()
		for time.Since(begin) < shortest {
			work()
			done += items
		}
		return float64(time.Since(begin).Nanoseconds()) / float64(done), nil
	}
}

// allocations returns how often an item asks for memory, where work deals with
// the given number of them and did so before.
func allocations(items int, work func()) func() (float64, error) {
	return func() (float64, error) {
		const times = 10
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			work()
		}
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs-before.Mallocs) / float64(times*items), nil
	}
}
