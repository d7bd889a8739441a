package rulesfile

import "testing"

// SetNearby sets how much text around a change is scanned, until the test ends.
func SetNearby(t testing.TB, n int) {
	old := nearby
	t.Cleanup(func() { nearby = old })
	nearby = n
}
