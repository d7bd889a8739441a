package psp_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/falcorules/falcorules/psp"
)

// TestRanges matches regular expressions for ranges with numbers around their ends.
func TestRanges(t *testing.T) {
	edges := []int64{0, 1, 9, 10, 11, 19, 20, 99, 100, 101, 999, 1000, 1001, 12345, 65535, 65536, 99999, 100000, math.MaxInt32, math.MaxInt64 - 1, math.MaxInt64}
	for i, low := range edges {
		for _, high := range edges[i:] {
			expressions := psp.Outside([]psp.Range{{Min: low, Max: high}})
			for _, e := range edges {
				for _, n := range []int64{e - 1, e, e + 1} {
					if n < -1 {
						continue // overflow
					}
					want := n < low || n > high
					got := slices.ContainsFunc(expressions, func(x string) bool { return regexp.MustCompile(`^(?:` + x + `)$`).MatchString(fmt.Sprint(n)) })
					if got != want {
						t.Errorf("%d outside of %d to %d: %v by %q", n, low, high, got, expressions)
					}
				}
			}
		}
	}
}
