package plugins_test

import (
	"slices"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestSources(t *testing.T) {
	for i, source := range plugins.Sources() {
		if name := plugins.Names()[i]; source.Name() != name || plugins.NewSource(name) == nil {
			t.Errorf("source %d is %s, not %s", i, source.Name(), name)
		}
		for text, want := range map[string]bool{"json.value[/a]": true, "evt.pluginname": true, "proc.name": false} {
			if got, _ := source.IsReference(text); got != want {
				t.Errorf("%s: %s: got %v", source.Name(), text, got)
			}
		}
		own := slices.DeleteFunc(source.Fields(), func(f fieldsets.Field) bool { return f.Plugin == "" || f.Plugin == "json" })
		if len(own) < 3 {
			t.Errorf("%s has %d fields of its own", source.Name(), len(own))
		}
	}
	if plugins.NewSource("nosuch") != nil || !slices.IsSorted(plugins.Names()) {
		t.Error("NewSource or Names is wrong")
	}
}

func TestFields(t *testing.T) {
	for source, references := range map[string]map[string]bool{
		"okta":  {"okta.actor.name": true, "okta.mfa.failure.countlast[5]": true, "okta.mfa.failure.countlast": false, "okta.targets.displayName[0]": true},
		"dummy": {"dummy.divisible[3]": true, "dummy.divisible[x]": false, "dummy.value": true},
	} {
		t.Run(subtest.Name(source), func(t *testing.T) {
			for text, want := range references {
				if got, _ := plugins.NewSource(source).IsReference(text); got != want {
					t.Errorf("%s: %s: got %v", source, text, got)
				}
			}
		})
	}
}

func BenchmarkSources(b *testing.B) {
	for range b.N {
		plugins.Sources()
	}
}
