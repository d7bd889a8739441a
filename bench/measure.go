package main

import (
	"runtime"
	unix "syscall"
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

// shortest is how much processor time a measure in memory takes at least.
const shortest = 100 * time.Millisecond

// passes is how often work is done between two looks at the clock, which take
// some time too.
const passes = 20

// perItem returns the nanoseconds of processor time that an item takes, where work
// deals with the given number of them. All threads count, so that whoever makes
// garbage pays for having it collected, and what else the machine does does not.
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

// processorTime returns the time that processors have given to this process.
func processorTime() (time.Duration, error) {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// allocations returns how often an item asks for memory, where work deals with
// the given number of them and did so before.
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
