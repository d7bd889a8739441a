package parallel_test

import (
	"slices"
	"testing"

	"github.com/falcorules/falcorules/internal/parallel"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 1000} {
		calls := make([]int, n)
		parallel.Each(n, func(i int) { calls[i]++ })
		if slices.ContainsFunc(calls, func(count int) bool { return count != 1 }) {
			t.Errorf("of %d, some were not called once: %v", n, calls)
		}
	}
}
