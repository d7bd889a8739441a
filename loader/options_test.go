package loader_test

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// TestDefaultSources loads rules of all sources without naming any. An empty list of
// sources has none.
func TestDefaultSources(t *testing.T) {
	file := loader.File{Name: "f.yaml", Data: []byte(`- {rule: s, desc: d, condition: evt.type = open and proc.name = a, output: o, priority: INFO}
- {rule: k, desc: d, condition: ka.verb = get, output: o, priority: INFO, source: k8s_audit}
- {rule: o, desc: d, condition: okta.evt.type exists, output: o, priority: INFO, source: okta}
`)}
	for _, test := range []struct {
		name    string
		sources []*fieldsets.Source
		want    string
	}{
		{"nil is all", nil, "3 rules, 0 warnings"},
		{"no sources", []*fieldsets.Source{}, "0 rules, 3 warnings"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := loader.Load([]loader.File{file}, loader.Options{Sources: test.sources})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%d rules, %d warnings", len(set.Rules), len(set.Warnings)); got != test.want {
				t.Errorf("got %s, want %s: %v", got, test.want, set.Warnings)
			}
		})
	}
}
