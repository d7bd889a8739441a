// Package samples sizes the tests that take random or recorded samples. They take
// a part of them, so that go test stays quick, and all of them if the environment
// variable FALCORULES_ALL_SAMPLES is set, as .ci/run does.
package samples

import "os"

// fraction of the samples that a test takes by default.
const fraction = 10

// Of returns how many of all samples a test takes, at least one.
func Of(all int) int { return max(1, all/Every()) }

// Every returns n if a test takes every nth sample.
func Every() int {
	if os.Getenv("FALCORULES_ALL_SAMPLES") != "" {
		return 1
	}
	return fraction
}
