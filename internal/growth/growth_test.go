package growth_test

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/growth"
)

// recorder records whether a test failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestLinear(t *testing.T) {
	text := strings.Repeat("a", 1<<20)
	look := func(n int) { strings.Count(text[:n], "b") }
	for _, tt := range []struct {
		name string
		run  func(n int)
		fail bool
	}{
		{"linear", func(n int) { look(100 * n) }, false},
		{"cubic", func(n int) {
			for range n / 20 * n / 20 {
				look(n)
			}
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &recorder{TB: t}
			if growth.Linear(r, 1000, tt.run); r.failed != tt.fail {
				t.Errorf("failed is %v", r.failed)
			}
		})
	}
}
