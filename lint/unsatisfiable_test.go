package lint_test

import (
	"testing"

	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// TestUnsatisfiableTurnedOff checks that the analyzer does not take the place of others that
// are off.
func TestUnsatisfiableTurnedOff(t *testing.T) {
	text := "- rule: R\n  desc: d\n  condition: evt.type = execve and proc.name = a and proc.name = b\n  output: o\n  priority: INFO\n"
	set, err := loader.Load([]loader.File{{Name: "r.yaml", Data: []byte(text)}}, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, levels := range []map[string]lint.Level{nil, {"contradiction": lint.Off}} {
		for _, d := range lint.Run(t.Context(), set, lint.Options{Levels: levels}) {
			if d.Code == "unsatisfiable" || levels != nil && d.Code == "contradiction" {
				t.Errorf("with %v: %v", levels, d)
			}
		}
	}
}
