// Package samples limits the random or recorded samples that tests use. By default
// they use a tenth of them, so that go test is quick. If the environment variable
// FALCORULES_ALL_SAMPLES is set, as in .ci/run, they use all.
package samples

import "os"

const defaultStep = 10

// Of returns the number of samples to use out of all, at least one.
func Of(all int) int { return max(1, all/Every()) }

// Every returns n if a test should use every nth sample.
func Every() int {
	if os.Getenv("FALCORULES_ALL_SAMPLES") != "" {
		return 1
	}
	return defaultStep
}
