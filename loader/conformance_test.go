package loader_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
)

// conformance returns the lines of a file of Falco's answers.
func conformance(t *testing.T, name string) [][]byte {
	t.Helper()
	if testing.Short() {
		t.Skip("long")
	}
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		dir = "../../shared/conformance"
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
	}
	return bytes.Split(bytes.TrimSpace(data), []byte("\n"))
}

// TestConformanceConditions holds which events conditions match against what
// Falco answered.
func TestConformanceConditions(t *testing.T) {
	var rules bytes.Buffer
	want := map[string][]int{}
	for _, line := range conformance(t, "k8s_audit/conditions.jsonl") {
		var row struct {
			ID, Condition string
			Matches       []int
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		condition, err := json.Marshal(row.Condition)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&rules, rule, row.ID, condition)
		want[row.ID] = row.Matches
	}
	set, err := load(rules.String())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]int{}
	matcher := set.Engine.NewMatcher(eval.AllMatches)
	decoder := k8saudit.NewDecoder(&fieldsets.Stream{})
	for i, line := range conformance(t, "k8s_audit/events.jsonl") {
		err := decoder.Decode(line, func(ev *fieldsets.Event) error {
			for _, m := range matcher.Match(ev) {
				got[m.Rule.Name] = append(got[m.Rule.Name], i)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for id, matches := range want {
		if !slices.Equal(got[id], matches) {
			t.Errorf("%s matches %v, want %v", id, got[id], matches)
		}
	}
}

// TestConformanceCompile holds which conditions compile for k8s_audit against
// what Falco answered. It knows getopt, which is not there yet.
func TestConformanceCompile(t *testing.T) {
	total, differ := 0, 0
	for _, line := range conformance(t, "compile.jsonl") {
		var row struct {
			Source, Condition string
			OK                bool
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		if row.Source != k8saudit.SourceName {
			continue
		}
		total++
		_, err := loader.LoadCondition(row.Condition, row.Source, nil, options())
		if (err == nil) == row.OK {
			continue
		}
		if err != nil && bytes.Contains([]byte(err.Error()), []byte("getopt is not supported yet")) {
			differ++
			continue
		}
		t.Errorf("%s: got %v, Falco accepts it: %v", row.Condition, err, row.OK)
	}
	t.Logf("%d conditions, %d of them with getopt", total, differ)
}
