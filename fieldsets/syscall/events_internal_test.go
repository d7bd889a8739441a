package syscall

import "testing"

// BenchmarkReadEvents measures what the first use of the event table costs.
func BenchmarkReadEvents(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		readEvents()
	}
}
