package psp_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/psp"
)

// TestManyCapabilities checks lists that are too long for one regular expression.
func TestManyCapabilities(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("%c_CAPABILITY_%d", 'A'+i%26, i))
	}
	rules := newJudge(load(t, convert(t, policyText("p", `"allowedCapabilities": `+asJSON(t, names)), psp.Options{})))
	add := func(names ...string) fired {
		return rules.judge(t, created(nginx("", `, "securityContext": {"capabilities": {"add": `+asJSON(t, names)+`}}`)))
	}
	if got := add(names...); len(got) > 0 {
		t.Errorf("allowed ones: %v", got)
	}
	for _, bad := range []string{"A_CAPABILITY", "A_CAPABILITY_00", "a", "", "9", "Z_CAPABILITY_25x", "^", "]", "-", `\`} {
		t.Run(subtest.Name(bad), func(t *testing.T) {
			if got := add(append(slices.Clone(names), bad)...); !cmp.Equal(got, fired{"Violation": {"allowedCapabilities"}}) {
				t.Errorf("%q: %v", bad, got)
			}
		})
	}
}
