package solve

import (
	"testing"
)

// TestTrials checks how many trials a condition has, depending on its checks and on given
// values, and after all work is done.
func TestTrials(t *testing.T) {
	items := list()
	for range 1000 {
		items.Content = append(items.Content, text("a"))
	}
	for _, c := range []struct {
		name   string
		checks int
		given  Event
		want   int
	}{
		{"few checks", 10, nil, 20_000},
		{"many checks", 10_000, nil, 498},
		{"more checks than work", 10_000_000, nil, 100},
		{"many values", 10, Event{"proc.aname": items}, 620},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := NewSolver().trials(trialCost(c.checks, c.given)); got != c.want {
				t.Errorf("%s: got %d trials, want %d", c.name, got, c.want)
			}
		})
	}
	s := NewSolver()
	s.left = -1
	if got := s.trials(trialCost(10, nil)); got != minTrials {
		t.Errorf("got %d trials after all work is done", got)
	}
}
