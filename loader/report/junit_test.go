package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/junit"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

func TestJUnit(t *testing.T) {
	goldens(t, "junit", errorsAsJUnit, func(t *testing.T, set *loader.Ruleset, out []byte) {
		suites := decodeJUnit(t, out)
		names := map[string]int{}
		failures := 0
		for i, c := range suites.Suites[0].Cases {
			names[c.Name]++
			if c.Failure != nil {
				failures++
			}
			if i < len(set.Results) && (c.Failure != nil) == set.Results[i].Successful() {
				t.Errorf("the case of %q is wrong", c.Name)
			}
		}
		for name, n := range names {
			if n > 1 {
				t.Errorf("%d cases of %q", n, name)
			}
		}
		want := junit.Counts{Tests: len(suites.Suites[0].Cases), Failures: failures}
		if suites.Counts != want || suites.Suites[0].Counts != want {
			t.Errorf("counts %v and %v, want %v", suites.Counts, suites.Suites[0].Counts, want)
		}
	})
}

func errorsAsJUnit(w io.Writer, set *loader.Ruleset, findings diag.List) error {
	return JUnit(w, set, findings, diag.Error)
}

func decodeJUnit(t *testing.T, out []byte) junit.Suites {
	t.Helper()
	var suites junit.Suites
	if err := xml.Unmarshal(out, &suites); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if len(suites.Suites) != 1 {
		t.Fatalf("%d suites", len(suites.Suites))
	}
	return suites
}

// TestJUnitVerdicts: a file fails if it has errors, and if Falco rejects it for
// errors in other files; each name is one test.
func TestJUnitVerdicts(t *testing.T) {
	e := &diag.Diagnostic{Code: loader.ErrValidate, Message: "bad", Range: diag.Range{File: "a", Start: diag.Pos{Line: 1, Column: 1}}}
	follows := &diag.Diagnostic{Code: loader.ErrValidate, Message: "follows", Range: diag.Range{File: "b"}}
	var b bytes.Buffer
	set := &loader.Ruleset{
		Results: []*loader.Result{
			{Name: "a", Errors: diag.List{e}},
			{Name: "b", Errors: diag.List{follows}},
			{Name: "c"},
			{Name: "a"},
		},
		Errors: diag.List{e},
	}
	if err := errorsAsJUnit(&b, set, nil); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range decodeJUnit(t, b.Bytes()).Suites[0].Cases {
		got[c.Name] = ""
		if c.Failure != nil {
			got[c.Name] = c.Failure.Message
		}
	}
	want := map[string]string{"a": "bad", "b": "rejected because of errors in other files", "c": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// sets are the rulesets that golden files are made of. Of a pair, the first is a
// file in testdata, the second its name in the report.
var sets = []struct {
	name  string
	files [][2]string
}{
	{"warnings", [][2]string{{"warnings.yaml", "rules/warnings.yaml"}}},
	{"broken", [][2]string{{"warnings.yaml", "a.yaml"}, {"broken.yaml", "./rules/broken.yaml"}, {"later.yaml", "/etc/falco/later.yaml"}}},
	{"odd", [][2]string{
		{"control.yaml", "control.yaml"},
		{"names.yaml", "regeln/Nächte & \"Tage\", 100%: 1.yaml"},
		{"notyaml.yaml", "-"},
		{"names.yaml", "b\xffd\x01\n.yaml"},
		{"later.yaml", "../later.yaml"},
	}},
}

func load(t *testing.T, files [][2]string) *loader.Ruleset {
	t.Helper()
	var in []loader.File
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join("testdata", f[0]))
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, loader.File{Name: f[1], Data: data})
	}
	// What is wrong is in the ruleset.
	set, _ := loader.Load(in, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}})
	return set
}

// bare is a ruleset with diagnostics that lack what others have.
func bare() *loader.Ruleset {
	return &loader.Ruleset{
		Results: []*loader.Result{{Name: "a.yaml"}},
		Errors: diag.List{
			{Code: loader.ErrFileRead, Message: "cannot read: no such file", Range: diag.Range{File: "gone.yaml"}},
			{Code: "code-of-tomorrow", Message: "no file"},
			{Code: loader.ErrValidate, Message: "an item", Within: []diag.Item{{Kind: "rule", Name: "R"}}, Related: []diag.Related{{Message: "nowhere"}}},
		},
		Notices: diag.List{{Code: loader.NoticeSkipped, Severity: diag.Notice, Message: "of the whole", Range: diag.Range{File: "a.yaml"}}},
	}
}

// goldens compares what a writer writes of each ruleset with its golden file, and
// calls check with it.
func goldens(t *testing.T, form string, write func(io.Writer, *loader.Ruleset, diag.List) error, check func(t *testing.T, set *loader.Ruleset, out []byte)) {
	t.Helper()
	run := func(name string, set *loader.Ruleset) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b, set, lint.Notices(t.Context(), set)); err != nil {
				t.Fatal(err)
			}
			check(t, set, b.Bytes())
			golden.Check(t, filepath.Join("testdata", name+"."+form+".golden"), b.String())
		})
	}
	for _, s := range sets {
		run(s.name, load(t, s.files))
	}
	run("bare", bare())
	run("empty", &loader.Ruleset{})
}
