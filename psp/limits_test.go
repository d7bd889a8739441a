package psp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/psp"
)

// TestLimits checks that pods with more elements than the rules check fire a Limit
// rule.
func TestLimits(t *testing.T) {
	rules := newJudge(load(t, convert(t, policyText("p", `"volumes": ["csi"], "allowedCSIDrivers": [{"name": "d"}]`), psp.Options{})))
	many := func(element string, n int) string {
		return "[" + strings.Repeat(element+",", n-1) + element + "]"
	}
	tests := []struct{ list, element string }{
		{"containers", `{"name": "c"}`},
		{"initContainers", `{"name": "c"}`},
		{"ephemeralContainers", `{"name": "c"}`},
		{"volumes", `{"name": "v", "csi": {"driver": "d"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.list, func(t *testing.T) {
			for n := 1; ; n++ {
				got := rules.judge(t, created(fmt.Sprintf(`{"spec": {%q: %s}}`, tt.list, many(tt.element, n))))
				if n > 100 {
					t.Fatal("no Limit rule fires")
				}
				if len(got) == 0 {
					continue
				}
				if want := (fired{"Limit": {tt.list}}); n < 4 || !cmp.Equal(want, got) {
					t.Errorf("%d elements: %v, want %v", n, got, want)
				}
				return
			}
		})
	}
}
