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
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
)

// TestConformanceConditions compares the events that conditions match with Falco's.
func TestConformanceConditions(t *testing.T) {
	dir := filepath.Join(conformance.Dir(t), "k8s_audit")
	type answer struct {
		ID, Condition string
		Matches       []int
	}
	var rules bytes.Buffer
	want := map[string][]int{}
	for _, row := range conformance.Rows[answer](t, filepath.Join(dir, "conditions.jsonl")) {
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
	for i, line := range conformance.Lines(t, filepath.Join(dir, "events.jsonl")) {
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
		t.Run(subtest.Name(id), func(t *testing.T) {
			if !slices.Equal(got[id], matches) {
				t.Errorf("%s matches %v, want %v", id, got[id], matches)
			}
		})
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
func asFalco(d *diag.Diagnostic) string {
	out := string(d.Code)
	for _, l := range loader.FalcoContextOf(d).Locations {
		out += fmt.Sprintf(" / %s %q %s:%d:%d+%d", l.Type, l.Name, l.Content, l.Line, l.Column, l.Offset)
	}
	return out
}

// falcoAnswer is what Falco says about rules files that it loads together.
type falcoAnswer struct {
	File     string
	Files    []string
	Fatal    string
	Results  []falcoResult
	Describe struct {
		Rules []struct{ Name, Condition string }
	}
}

// TestConformanceLoad compares the verdicts on rules files, the positions of the
// first errors, the warnings and the compiled conditions with Falco's.
func TestConformanceLoad(t *testing.T) {
	dir := conformance.Dir(t)
	options := loader.Options{Sources: append([]*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}, plugins.Sources()...)}
	for _, set := range []string{"load-generated", "load-upstream", "load-evttypes", "official", "load-multi"} {
		conformance.Run(t, filepath.Join(dir, set+".jsonl"), func(t *testing.T, want falcoAnswer) {
			if want.File != "" {
				want.Files = []string{want.File}
			}
			var files []loader.File
			for _, name := range want.Files {
				data, err := os.ReadFile(filepath.Join(dir, set, name))
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, loader.File{Name: name, Data: data})
			}
			got, err := loader.Load(files, options)
			if want.Fatal != "" {
				if err == nil {
					t.Errorf("%s: accepted; Falco says %s", want.Files, want.Fatal)
				}
				return
			}
			if len(got.Results) != len(want.Results) || len(want.Describe.Rules) > 0 && len(got.Rules) != len(want.Describe.Rules) {
				t.Fatalf("%s: got %d results and %d rules", want.Files, len(got.Results), len(got.Rules))
			}
			for i, result := range want.Results {
				compareResult(t, got.Results[i], result)
			}
			for i, r := range want.Describe.Rules {
				if got := ast.String(got.Rules[i].Compiled); got != r.Condition {
					t.Errorf("%s: rule %q:\n got %s\nwant %s", want.Files, r.Name, got, r.Condition)
				}
			}
		})
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
