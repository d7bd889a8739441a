package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	var table table
	yardstick := []float64{10, 20, 10}
	table.add("yardstick", "ns", yardstick)
	table.add("kept", "ns", []float64{20, 41, 19}).timesAtMost(yardstick, 2)
	table.add("not kept", "ns", []float64{30, 30, 30}).timesAtLeast(yardstick, 4)
	table.add("kept too", "ms", []float64{3, 1, 2.5, 2}).atMost(2.5)
	table.add("none asked for", "", []float64{0, 0, 1}).atMost(0)
	var got bytes.Buffer
	table.print(&got, "Title")
	const want = `
Title
  median   min   max  unit  ratio   limit        measured
    10.0  10.0  20.0    ns                       yardstick
    20.0  19.0  41.0    ns  2.00x   <= 2x    ok  kept
    30.0  30.0  30.0    ns  3.00x   >= 4x  over  not kept
    2.25  1.00  3.00    ms         <= 2.5    ok  kept too
       0     0  1.00                 <= 0    ok  none asked for
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
