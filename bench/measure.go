package main

import (
	"runtime"
	unix "syscall"
	"time"
)

// rounds takes all measures in turn, n times, after a round that warms up. If something else
// slows the machine down for a while, it affects all measures.
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

// shortest is the least processor time of a measurement in memory.
const shortest = 100 * time.Millisecond

// passes is how often work is done between two readings of the clock, which take time, too.
const passes = 20

// perItem returns a measure of the nanoseconds of processor time per item; each call of work
// processes the given number of items. It counts all threads of the process, so that
// garbage collection is included, and other processes are not.
func perItem(items int, work func()) func() (float64, error) {
	return func() (float64, error) {
		runtime.GC()
		begin, err := processorTime()
		if err != nil {
			return 0, err
		}
		for done := 0; ; {
			for range passes {
				work()
			}
			done += passes * items
			now, err := processorTime()
			if err != nil {
				return 0, err
			}
			if took := now - begin; took >= shortest {
				return float64(took.Nanoseconds()) / float64(done), nil
			}
		}
	}
}

// processorTime returns the processor time of this process.
func processorTime() (time.Duration, error) {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// allocations returns a measure of the allocations per item after the first call of work,
// which processes the given number of items.
func allocations(items int, work func()) func() (float64, error) {
	return func() (float64, error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range passes {
			work()
		}
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs-before.Mallocs) / float64(passes*items), nil
	}
}
