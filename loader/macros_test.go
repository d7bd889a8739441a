package loader_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestMacros looks at conditions whose macros are replaced by their conditions.
func TestMacros(t *testing.T) {
	for _, tt := range []struct{ name, items, condition, want string }{
		{"one", "- macro: m\n  condition: fd.num = 1\n", "m", "fd.num = 1"},
		{"negated", "- macro: m\n  condition: fd.num = 1 or fd.num = 2\n", "not m", "not (fd.num = 1 or fd.num = 2)"},
		{"in an and", "- macro: m\n  condition: fd.num = 1 or fd.num = 2\n", "m and fd.num = 3", "((fd.num = 1 or fd.num = 2) and fd.num = 3)"},
		{"in a macro", "- macro: k\n  condition: fd.num = 1\n- macro: m\n  condition: not k\n", "m", "not fd.num = 1"},
		{"appended", "- macro: m\n  condition: fd.num = 1\n- macro: m\n  condition: or fd.num = 2\n  override: {condition: append}\n", "m", "(fd.num = 1 or fd.num = 2)"},
		{"replaced", "- macro: m\n  condition: fd.num = 1\n- macro: m\n  condition: fd.num = 2\n", "m", "fd.num = 2"},
		{"undefined", "", "m", "LOAD_ERR_VALIDATE"},
		{"of itself", "- macro: m\n  condition: m\n", "m", "LOAD_ERR_VALIDATE"},
		{"does not parse", "- macro: m\n  condition: fd.num =\n", "m", "LOAD_ERR_COMPILE_CONDITION"},
		{"without a condition", "- macro: m\n", "m", "LOAD_ERR_YAML_VALIDATE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := compiled(tt.items, tt.condition); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestMacrosThatDouble looks at macros that use the one before twice: what they make
// together would be too large.
func TestMacrosThatDouble(t *testing.T) {
	var items strings.Builder
	items.WriteString("- macro: m0\n  condition: fd.num = 1\n")
	for i := range 60 {
		fmt.Fprintf(&items, "- macro: m%d\n  condition: m%d and m%d\n", i+1, i, i)
	}
	if got := compiled(items.String(), "m60"); !strings.HasPrefix(got, "LOAD_ERR_") {
		t.Errorf("got %.100s, want an error", got)
	}
}
