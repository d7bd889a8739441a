package loader_test

import (
	"fmt"
	"testing"
)

// TestSchema looks at whether rules follow the JSON schema that Falco checks them
// against; a file that does not loads nevertheless.
func TestSchema(t *testing.T) {
	for _, tt := range []struct {
		name, items string
		valid       bool
	}{
		{"rules", "", true},
		{"an unknown key", "- macro: m\n  condition: fd.num = 1\n  other: x\n", false},
		{"a macro", "- macro: m\n  condition: fd.num = 1\n", true},
		{"an item that is unknown", "- other: x\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := load(tt.items + fmt.Sprintf(syscallRule, "r", "fd.num = 1"))
			if set == nil {
				t.Fatal(err)
			}
			result := set.Results[0]
			if !result.SchemaChecked || (len(result.SchemaErrors) == 0) != tt.valid {
				t.Errorf("checked %v, errors %q; valid should be %v", result.SchemaChecked, result.SchemaErrors, tt.valid)
			}
		})
	}
}
