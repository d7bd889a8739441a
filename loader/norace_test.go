//go:build !race

package loader_test

// overhead is how many times as much memory is allocated with the race detector.
const overhead = 1
