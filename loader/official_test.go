package loader_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/overlay"
	"github.com/falcorules/falcorules/loader"
)

// ruleEvents are the events of a rule.
type ruleEvents struct {
	Rule   string
	Fires  yaml.Node
	Misses yaml.Node // what is put over Fires
	Absent []string  // fields of the output without a value
}

// TestOfficialEvents runs the rules that Falco comes with over an event that
// each fires on, and over one like it that it does not fire on.
func TestOfficialEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	const name = "falco_rules.yaml"
	rules, err := os.ReadFile(filepath.Join(conformanceDir(), "official", name))
	if err != nil {
		t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
	}
	text, err := os.ReadFile("testdata/official/falco_rules_events.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []ruleEvents
	known := yaml.NewDecoder(bytes.NewReader(text))
	known.KnownFields(true)
	if err := known.Decode(&all); err != nil {
		t.Fatal(err)
	}

	source := syscall.NewFixtures()
	set, enabled := loadEnabled(t, loader.File{Name: name, Data: rules}, source)
	matcher := set.Engine.NewMatcher(eval.AllMatches)
	decoder := fixture.NewDecoder(&fieldsets.Stream{}, source)
	// alert returns the alert of a rule on an event, and whether there is one.
	alert := func(t *testing.T, rule string, event *yaml.Node) (eval.Match, bool) {
		t.Helper()
		ev, err := decoder.DecodeYAML(event)
		if err != nil {
			t.Fatal(err)
		}
		for _, conflict := range decoder.Conflicts() {
			t.Error(conflict)
		}
		matches := matcher.Match(ev)
		i := slices.IndexFunc(matches, func(m eval.Match) bool { return m.Rule.Name == rule })
		if i < 0 {
			return eval.Match{}, false
		}
		return matches[i], true
	}
	for _, events := range all {
		at := slices.Index(enabled, events.Rule)
		if at < 0 {
			t.Errorf("there is no rule %q, or its events stand twice", events.Rule)
			continue
		}
		enabled = slices.Delete(enabled, at, at+1)
		t.Run(events.Rule, func(t *testing.T) {
			if m, ok := alert(t, events.Rule, &events.Fires); !ok {
				t.Error("does not fire")
			} else {
				checkOutput(t, m, events.Absent)
			}
			if _, ok := alert(t, events.Rule, overlay.Put(&events.Misses, &events.Fires)); ok {
				t.Error("fires on its near miss")
			}
		})
	}
	for _, rule := range enabled {
		t.Errorf("there are no events for rule %q", rule)
	}
}

// loadEnabled loads a file with all of its rules enabled, and returns their names.
func loadEnabled(t *testing.T, file loader.File, source *fixture.Source) (*loader.Ruleset, []string) {
	t.Helper()
	options := loader.Options{Sources: []*fieldsets.Source{source.Source}}
	set, err := loader.Load([]loader.File{file}, options)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var enable bytes.Buffer
	for _, r := range set.Rules {
		names = append(names, r.Name)
		fmt.Fprintf(&enable, "- rule: %q\n  enabled: true\n  override: {enabled: replace}\n", r.Name)
	}
	set, err = loader.Load([]loader.File{file, {Name: "enable.yaml", Data: enable.Bytes()}}, options)
	if err != nil {
		t.Fatal(err)
	}
	return set, names
}

// checkOutput checks that an alert has values for all fields but those that are
// said to be absent.
func checkOutput(t *testing.T, m eval.Match, absent []string) {
	t.Helper()
	var alert struct {
		Fields map[string]any `json:"output_fields"`
	}
	if err := json.Unmarshal(m.AppendJSON(nil), &alert); err != nil {
		t.Fatal(err)
	}
	var null []string
	for name, value := range alert.Fields {
		if value == nil {
			null = append(null, name)
		}
	}
	slices.Sort(null)
	want := slices.Sorted(slices.Values(absent))
	if diff := cmp.Diff(want, null); diff != "" {
		t.Errorf("fields of the output without a value (-want +got):\n%s", diff)
	}
	message := string(m.AppendMessage(nil))
	if n := strings.Count(message, "<NA>"); n != len(absent) {
		t.Errorf("%d values are absent, not %d: %s", n, len(absent), message)
	}
}
