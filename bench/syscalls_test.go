package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
)

// TestFixturesFire checks that the events fire the rules that they were written for.
func TestFixturesFire(t *testing.T) {
	for _, tt := range []struct {
		name, rules string
		want        []string
	}{
		{"examples", "", []string{"Shell in a container"}},
		{"official", official(), []string{
			"Create Symlink Over Sensitive Files", "Execution from /dev/shm", "Read sensitive file untrusted", "Terminal shell in container",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "official" && tt.rules == "" {
				t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
			}
			source := fixtures.NewSource()
			set, err := load(settings{rules: tt.rules}.syscallRules(), source.Source)
			if err != nil {
				t.Fatal(err)
			}
			events, err := corpusEvents(inMemory, source)
			if err != nil {
				t.Fatal(err)
			}
			matcher, fired := set.Engine.NewMatcher(eval.FirstMatch), map[string]bool{}
			quiet := 0
			for _, ev := range events {
				matches := matcher.Match(ev)
				if len(matches) == 0 {
					quiet++
				}
				for _, m := range matches {
					fired[m.Rule.Name] = true
				}
			}
			if diff := cmp.Diff(tt.want, slices.Sorted(maps.Keys(fired))); diff != "" {
				t.Errorf("rules that fire (-want +got):\n%s", diff)
			}
			if quiet < len(events)*8/10 {
				t.Errorf("%d of %d events fire none, want most", quiet, len(events))
			}
		})
	}
}
