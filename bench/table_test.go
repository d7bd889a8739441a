package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	var table table
	baseline := []float64{10, 20, 10}
	table.add("baseline", "ns", baseline)
	table.add("within its limit", "ns", []float64{20, 41, 19}).timesAtMost(baseline, 2)
	table.add("beyond its limit", "ns", []float64{30, 30, 30}).timesAtLeast(baseline, 4)
	table.add("also within its limit", "ms", []float64{3, 1, 2.5, 2}).atMost(2.5)
	table.add("no allocations", "", []float64{0, 0, 1}).atMost(0)
	var got bytes.Buffer
	table.print(&got, "Title")
	const want = `
Title
  median   min   max  unit  ratio   limit        measured
    10.0  10.0  20.0    ns                       baseline
    20.0  19.0  41.0    ns  2.00x   <= 2x    ok  within its limit
    30.0  30.0  30.0    ns  3.00x   >= 4x  over  beyond its limit
    2.25  1.00  3.00    ms         <= 2.5    ok  also within its limit
       0     0  1.00                 <= 0    ok  no allocations
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
