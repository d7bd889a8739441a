package loader_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/loader"
)

// conformance returns the lines of a file of Falco's answers.
func conformance(t *testing.T, name string) [][]byte {
	t.Helper()
	if testing.Short() {
		t.Skip("long")
	}
	data, err := os.ReadFile(filepath.Join(conformanceDir(), name))
	if err != nil {
		t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
	}
	return bytes.Split(bytes.TrimSpace(data), []byte("\n"))
}

func conformanceDir() string {
	if dir := os.Getenv("FALCORULES_CONFORMANCE"); dir != "" {
		return dir
	}
	return "../../shared/conformance"
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

// falcoResult is what Falco says of a file.
type falcoResult struct {
	Name        string
	Successful  bool
	SchemaValid *bool `json:"schema_valid"`
	Errors      []falcoDiagnostic
	Warnings    []falcoDiagnostic
}

type falcoDiagnostic struct {
	Code    string
	Context struct {
		Locations []struct {
			ItemType string `json:"item_type"`
			ItemName string `json:"item_name"`
			Position struct {
				Name                 string
				Line, Column, Offset int
			}
		}
	}
}

func (d falcoDiagnostic) String() string {
	out := d.Code
	for _, l := range d.Context.Locations {
		out += fmt.Sprintf(" / %s %q %s:%d:%d+%d", l.ItemType, l.ItemName, l.Position.Name, l.Position.Line, l.Position.Column, l.Position.Offset)
	}
	return out
}

// asFalco returns a diagnostic of ours in the same form.
func asFalco(d *loader.Diagnostic) string {
	out := string(d.Code)
	for _, l := range d.Context {
		out += fmt.Sprintf(" / %s %q %s:%d:%d+%d", l.Type, l.Name, l.Content, l.Line, l.Column, l.Offset)
	}
	return out
}

// TestConformanceLoad holds the verdicts on rules files, the places of the first
// errors, the warnings and what conditions are compiled to against what Falco
// answered.
func TestConformanceLoad(t *testing.T) {
	options := loader.Options{Sources: append([]*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}, plugins.Sources()...)}
	for _, set := range []string{"load-generated", "load-upstream", "load-evttypes", "official", "load-multi"} {
		total := 0
		for _, line := range conformance(t, set+".jsonl") {
			var row struct {
				File     string
				Files    []string
				Fatal    string
				Results  []falcoResult
				Describe struct {
					Rules []struct{ Name, Condition string }
				}
			}
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			if row.File != "" {
				row.Files = []string{row.File}
			}
			total++
			var files []loader.File
			for _, name := range row.Files {
				data, err := os.ReadFile(filepath.Join(conformanceDir(), set, name))
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, loader.File{Name: name, Data: data})
			}
			got, err := loader.Load(files, options)
			if row.Fatal != "" {
				if err == nil {
					t.Errorf("%s: accepted; Falco says %s", row.Files, row.Fatal)
				}
				continue
			}
			if len(got.Results) != len(row.Results) || len(row.Describe.Rules) > 0 && len(got.Rules) != len(row.Describe.Rules) {
				t.Errorf("%s: got %d results and %d rules", row.Files, len(got.Results), len(got.Rules))
				continue
			}
			for i, want := range row.Results {
				compareResult(t, got.Results[i], want)
			}
			for i, r := range row.Describe.Rules {
				if got := ast.String(got.Rules[i].Compiled); got != r.Condition {
					t.Errorf("%s: rule %q:\n got %s\nwant %s", row.Files, r.Name, got, r.Condition)
				}
			}
		}
		t.Logf("%s: %d", set, total)
	}
}

func compareResult(t *testing.T, got *loader.Result, want falcoResult) {
	t.Helper()
	switch {
	case got.Successful() != want.Successful:
		t.Errorf("%s: got %v, want successful: %v", want.Name, got.Errors, want.Successful)
		return
	case !want.Successful && asFalco(got.Errors[0]) != want.Errors[0].String():
		t.Errorf("%s:\n got %s\nwant %s", want.Name, asFalco(got.Errors[0]), want.Errors[0])
	case got.SchemaChecked != (want.SchemaValid != nil) || got.SchemaChecked && (len(got.SchemaErrors) == 0) != *want.SchemaValid:
		t.Errorf("%s: departs from the schema by %q, unlike in Falco", want.Name, got.SchemaErrors)
	}
	g, w := []string{}, []string{}
	for _, d := range got.Warnings[:got.FalcoWarnings] {
		g = append(g, asFalco(d))
	}
	for _, d := range want.Warnings {
		w = append(w, d.String())
	}
	slices.Sort(g)
	slices.Sort(w)
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("%s: warnings (-want +got):\n%s", want.Name, diff)
	}
}
