package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/loader"
)

// sets are the rulesets that the golden files of each renderer are made of. Of a
// pair, the first is a file in testdata, the second what it is called.
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

// bare is a ruleset of diagnostics that lack what others have.
func bare() *loader.Ruleset {
	return &loader.Ruleset{
		Results: []*loader.Result{{Name: "a.yaml"}},
		Errors: loader.Diagnostics{
			{Code: loader.ErrFileRead, Message: "cannot read: no such file", Position: loader.Position{File: "gone.yaml"}},
			{Code: "code-of-tomorrow", Message: "no file"},
			{
				Code: loader.ErrValidate, Message: "an item", Context: []loader.Location{{Type: "rule", Name: "R"}, {Type: "exception", Name: "e"}},
				Related: []loader.Related{{Message: "nowhere"}},
			},
		},
		Notices: loader.Diagnostics{
			{Code: loader.NoticeEncoding, Severity: loader.SeverityNotice, Message: "of the whole", Position: loader.Position{File: "a.yaml"}},
			{Code: loader.NoticeEncoding, Severity: loader.SeverityNotice, Message: "of the whole", Position: loader.Position{File: "a.yaml"}},
		},
	}
}

// goldens holds what a renderer writes of each ruleset against its golden file,
// and hands it to check.
func goldens(t *testing.T, form string, write func(io.Writer, *loader.Ruleset) error, check func(t *testing.T, set *loader.Ruleset, out []byte) string) {
	t.Helper()
	run := func(name string, set *loader.Ruleset) {
		t.Run(name, func(t *testing.T) {
			var b, again bytes.Buffer
			for _, to := range []*bytes.Buffer{&b, &again} {
				if err := write(to, set); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(b.Bytes(), again.Bytes()) {
				t.Error("the second time the output differs")
			}
			golden.Check(t, filepath.Join("testdata", name+"."+form+".golden"), check(t, set, b.Bytes()))
		})
	}
	for _, s := range sets {
		run(s.name, load(t, s.files))
	}
	run("bare", bare())
	run("empty", &loader.Ruleset{})
}

func count(set *loader.Ruleset) int { return len(set.Errors) + len(set.Warnings) + len(set.Notices) }

// many returns a ruleset with thousands of diagnostics in a hundred files.
func many() *loader.Ruleset {
	set := &loader.Ruleset{}
	for i := range 100 {
		set.Results = append(set.Results, &loader.Result{Name: fmt.Sprintf("%d.yaml", i)})
	}
	for i := range 9000 {
		d := &loader.Diagnostic{
			Code: loader.ErrCompileCondition, Message: fmt.Sprintf("mistake %d", i%7), Source: strings.Repeat("ä", 50),
			Position: loader.Position{File: fmt.Sprintf("%d.yaml", i%100), Line: i + 1, Column: 5},
		}
		d.End = d.Position
		d.End.Column += 4
		set.Errors = append(set.Errors, d)
	}
	return set
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, log []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("not valid: %#v", err)
	}
}

func writeSARIF(w io.Writer, set *loader.Ruleset) error { return SARIF(w, set, "1.2.3") }

func TestSARIF(t *testing.T) {
	s := schema(t)
	goldens(t, "sarif", writeSARIF, func(t *testing.T, set *loader.Ruleset, out []byte) string {
		validate(t, s, out)
		log := decodeSARIF(t, out)
		run := log.Runs[0]
		if len(run.Results) != count(set) {
			t.Errorf("%d results of %d diagnostics", len(run.Results), count(set))
		}
		for _, r := range run.Results {
			if id := run.Tool.Driver.Rules[r.RuleIndex].ID; id != r.RuleID {
				t.Errorf("ruleIndex of %s is that of %s", r.RuleID, id)
			}
		}
		var b bytes.Buffer
		if err := json.Indent(&b, out, "", "  "); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), `"../`) {
			t.Error("a relative URI leaves its base")
		}
		parent, err := filepath.Abs("..")
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(b.String(), fileURI(parent), "file:///PARENT")
	})
}

func decodeSARIF(t *testing.T, out []byte) sarifLog {
	t.Helper()
	var log sarifLog
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&log); err != nil {
		t.Fatal(err)
	}
	return log
}

// TestSchema sees to it that the schema refuses something at all.
func TestSchema(t *testing.T) {
	s := schema(t)
	for _, log := range []string{
		`{}`,
		`{"version": "2.1.0", "runs": [{}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{}]}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "informationUri": "a b"}}}]}`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s is valid", log)
		}
	}
}

func TestSARIFMany(t *testing.T) {
	var b bytes.Buffer
	if err := SARIF(&b, many(), ""); err != nil {
		t.Fatal(err)
	}
	validate(t, schema(t), b.Bytes())
	prints := map[string]bool{}
	for _, r := range decodeSARIF(t, b.Bytes()).Runs[0].Results {
		prints[r.Fingerprints[fingerprint]] = true
	}
	if len(prints) != 9000 {
		t.Errorf("%d fingerprints of 9000 results", len(prints))
	}
}

// TestFingerprint: lines put in before a result do not change it.
func TestFingerprint(t *testing.T) {
	prints := func(data string) []string {
		set, _ := loader.Load([]loader.File{{Name: "a.yaml", Data: []byte(data)}}, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource()}})
		var b bytes.Buffer
		if err := SARIF(&b, set, ""); err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range decodeSARIF(t, b.Bytes()).Runs[0].Results {
			out = append(out, r.Fingerprints[fingerprint])
		}
		return out
	}
	data, err := os.ReadFile("testdata/broken.yaml")
	if err != nil {
		t.Fatal(err)
	}
	before, after := prints(string(data)), prints("# a comment\n\n"+string(data))
	if len(before) == 0 {
		t.Fatal("no results")
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("fingerprints differ (-before +after):\n%s", diff)
	}
}

func TestColumn(t *testing.T) {
	for _, tt := range []struct {
		line        string
		bytes, want int
	}{
		{"", 0, 0},
		{"", 1, 1},
		{"", 2, 0},
		{"abc", 1, 1},
		{"abc", 3, 3},
		{"abc", 4, 4}, // behind the line
		{"abc", 5, 0},
		{"äbc", 3, 2},
		{"äbc", 2, 2}, // within a character: behind it
		{"𝒳b", 5, 3},
		{"€𝒳ä", 10, 5},
		{"\xff\xfeb", 3, 3},
		{"\xf0\x9d\x92b", 4, 4}, // a character cut short
		{"abc", -1, 0},
	} {
		if got := column(tt.line, tt.bytes); got != tt.want {
			t.Errorf("column(%q, %d) = %d, want %d", tt.line, tt.bytes, got, tt.want)
		}
	}
}

func TestRegion(t *testing.T) {
	at := func(line, column int) loader.Position { return loader.Position{File: "f", Line: line, Column: column} }
	for _, tt := range []struct {
		name     string
		line     string
		from, to loader.Position
		want     *sarifRegion
	}{
		{"whole file", "", at(0, 0), loader.Position{}, nil},
		{"no end", "ä b", at(3, 4), loader.Position{}, &sarifRegion{3, 3, 0, 0}},
		{"one line", "ä b", at(3, 4), at(3, 5), &sarifRegion{3, 3, 3, 4}},
		{"no width", "ä b", at(3, 4), at(3, 4), &sarifRegion{3, 3, 3, 3}},
		{"line not known", "", at(3, 4), at(3, 5), &sarifRegion{3, 0, 3, 0}},
		{"end behind the line", "ä b", at(3, 4), at(3, 9), &sarifRegion{3, 3, 3, 0}},
		{"lines", "ä b", at(3, 4), at(5, 2), &sarifRegion{3, 3, 5, 0}},
		{"lines to the beginning of one", "ä b", at(3, 4), at(5, 1), &sarifRegion{3, 3, 5, 1}},
		{"end before the start", "ä b", at(3, 4), at(3, 1), &sarifRegion{3, 3, 0, 0}},
		{"end in an earlier line", "ä b", at(3, 4), at(2, 9), &sarifRegion{3, 3, 0, 0}},
		{"line alone", "ä b", at(3, 0), loader.Position{}, &sarifRegion{3, 0, 0, 0}},
	} {
		got := regionOf(&loader.Diagnostic{Source: tt.line, Position: tt.from, End: tt.to})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestFileURI(t *testing.T) {
	for name, want := range map[string]string{
		"a.yaml":           "a.yaml",
		"./a//b/../c.yaml": "a/c.yaml",
		"../a.yaml":        "../a.yaml",
		"/etc/a b.yaml":    "file:///etc/a%20b.yaml",
		"c:d.yaml":         "c%3Ad.yaml",
		"ä#?%.yaml":        "%C3%A4%23%3F%25.yaml",
		"\xff\x00.yaml":    "%FF%00.yaml",
		"-":                "-",
		"a&<b>+;=,'.yaml":  "a%26%3Cb%3E%2B%3B%3D%2C%27.yaml",
	} {
		if got := fileURI(name); got != want {
			t.Errorf("fileURI(%q) = %s, want %s", name, got, want)
		}
	}
}

// TestFix: a fix stands only where its range is known exactly.
func TestFix(t *testing.T) {
	d := &loader.Diagnostic{
		Source: "ä b", Position: loader.Position{File: "f", Line: 1, Column: 4}, End: loader.Position{File: "f", Line: 1, Column: 5},
		Fix: &loader.Fix{Text: "{c}"},
	}
	want := []sarifFix{{[]sarifChange{{
		sarifArtifact{"f", "%SRCROOT%"},
		[]sarifReplacement{{sarifRegion{1, 3, 1, 4}, sarifContent{"{c}"}}},
	}}}}
	if diff := cmp.Diff(want, sarifResultOf(d).Fixes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, change := range []func(*loader.Diagnostic){
		func(d *loader.Diagnostic) { d.End = loader.Position{} },
		func(d *loader.Diagnostic) { d.Source = "" },
		func(d *loader.Diagnostic) { d.End.Line = 2 },
		func(d *loader.Diagnostic) { d.Position.File = "" },
		func(d *loader.Diagnostic) { d.Position.Line = 0 },
	} {
		other := *d
		change(&other)
		if got := sarifResultOf(&other).Fixes; got != nil {
			t.Errorf("%v to %v in %q has a fix: %v", other.Position, other.End, other.Source, got)
		}
	}
}
