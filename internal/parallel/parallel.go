// Package parallel spreads independent work over all processors.
//
//	parallel.Each(len(files), func(i int) { results[i] = read(files[i]) })
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls do for each number from 0 up to, but not including, n, and waits for all calls to
// return. Smaller numbers are called first. Up to GOMAXPROCS calls run at the same time.
func Each(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}
