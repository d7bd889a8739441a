package main

import (
	"testing"
	"time"
)

// TestSoak is a short run with little load.
func TestSoak(t *testing.T) {
	t.Chdir("..")
	for name, direct := range map[string]bool{"journal": false, "direct": true} {
		t.Run(name, func(t *testing.T) {
			o := options{time: 3 * time.Second, reload: time.Second, outage: 2 * time.Second, rate: 2000, batch: 100, kills: 1, direct: direct}
			if missing, err := run(o); missing > 0 || err != nil {
				t.Errorf("%d alerts are missing, %v", missing, err)
			}
		})
	}
}
