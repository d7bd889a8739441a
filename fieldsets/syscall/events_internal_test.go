package syscall

import "testing"

// BenchmarkNewEventTable measures what the first use of the event table costs.
func BenchmarkNewEventTable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newEventTable()
	}
}
