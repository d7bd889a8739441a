package diag

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/falcorules/falcorules/internal/subtest"
)

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

func writeSARIF(w io.Writer, list List) error {
	return WriteSARIF(w, list, SARIFOptions{
		Version: "1.2.3", Incomplete: len(list) > 4,
		Rule: func(c Code) SARIFRule { return SARIFRule{"What " + string(c) + " means.", ""} },
	})
}

func TestWriteSARIF(t *testing.T) {
	s := schema(t)
	testFormat(t, "sarif", writeSARIF, func(t *testing.T, list List, out []byte) string {
		validate(t, s, out)
		run := decodeSARIF(t, out).Runs[0]
		if len(run.Results) != len(list) {
			t.Errorf("%d results of %d diagnostics", len(run.Results), len(list))
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

// TestSchema checks that the schema rejects something at all.
func TestSchema(t *testing.T) {
	s := schema(t)
	for _, log := range []string{
		`{}`,
		`{"version": "2.1.0", "runs": [{}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{}]}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "informationUri": "a b"}}}]}`,
	} {
		t.Run(subtest.Name(log), func(t *testing.T) {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(log))
			if err != nil {
				t.Fatal(err)
			}
			if s.Validate(v) == nil {
				t.Errorf("%s is valid", log)
			}
		})
	}
}

func TestSARIFMany(t *testing.T) {
	var b bytes.Buffer
	if err := writeSARIF(&b, many()); err != nil {
		t.Fatal(err)
	}
	validate(t, schema(t), b.Bytes())
	prints := map[string]bool{}
	for _, r := range decodeSARIF(t, b.Bytes()).Runs[0].Results {
		prints[r.Fingerprints[SARIFFingerprint]] = true
	}
	if len(prints) != 9000 {
		t.Errorf("%d fingerprints of 9000 results", len(prints))
	}
}

// TestFingerprint inserts lines before a result, which must not change it.
func TestFingerprint(t *testing.T) {
	d := &Diagnostic{Code: "CODE", Message: "m", Range: at("a.yaml", 4, 2, 1, 3), Within: []Item{{"rule", "R"}}}
	moved := *d
	moved.Range = at("a.yaml", 90, 12, 1, 3)
	if Fingerprint(d) != Fingerprint(&moved) {
		t.Error("the fingerprint depends on the line")
	}
	for name, change := range map[string]func(*Diagnostic){
		"code":    func(d *Diagnostic) { d.Code = "OTHER" },
		"message": func(d *Diagnostic) { d.Message = "n" },
		"file":    func(d *Diagnostic) { d.Range.File = "b.yaml" },
		"item":    func(d *Diagnostic) { d.Within = []Item{{"rule", "S"}} },
	} {
		t.Run(name, func(t *testing.T) {
			other := *d
			change(&other)
			if Fingerprint(d) == Fingerprint(&other) {
				t.Errorf("the fingerprint does not depend on the %s", name)
			}
		})
	}
}

func TestRegion(t *testing.T) {
	pos := func(line, column int) Pos { return Pos{0, line, column} }
	for _, tt := range []struct {
		name     string
		line     string
		from, to Pos
		want     region
	}{
		{"whole file", "", Pos{}, Pos{}, region{}},
		{"no end", "ä b", pos(3, 4), Pos{}, region{3, 3, 0, 0}},
		{"one line", "ä b", pos(3, 4), pos(3, 5), region{3, 3, 3, 4}},
		{"no width", "ä b", pos(3, 4), pos(3, 4), region{3, 3, 3, 3}},
		{"line not known", "", pos(3, 4), pos(3, 5), region{3, 0, 3, 0}},
		{"end behind the line", "ä b", pos(3, 4), pos(3, 9), region{3, 3, 3, 0}},
		{"lines", "ä b", pos(3, 4), pos(5, 2), region{3, 3, 5, 0}},
		{"lines to the beginning of one", "ä b", pos(3, 4), pos(5, 1), region{3, 3, 5, 1}},
		{"end before the start", "ä b", pos(3, 4), pos(3, 1), region{3, 3, 0, 0}},
		{"end in an earlier line", "ä b", pos(3, 4), pos(2, 9), region{3, 3, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := newColumns().region(Range{"f", tt.from, tt.to}, tt.line); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
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
		t.Run(name, func(t *testing.T) {
			if got := fileURI(name); got != want {
				t.Errorf("fileURI(%q) = %s, want %s", name, got, want)
			}
		})
	}
}

// TestFix checks that there is a fix only if the ranges of all edits are known
// exactly.
func TestFix(t *testing.T) {
	d := &Diagnostic{Line: "ä b", Range: at("f", 3, 1, 4, 1), Edits: []Edit{{at("f", 3, 1, 4, 1), "{c}"}}}
	want := []sarifFix{{[]sarifChange{{
		sarifArtifact{"f", "%SRCROOT%"},
		[]sarifReplacement{{region{1, 3, 1, 4}, sarifContent{"{c}"}}},
	}}}}
	if diff := cmp.Diff(want, newColumns().sarifResult(d).Fixes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, change := range map[string]func(*Diagnostic, *Range){
		"no end":        func(_ *Diagnostic, r *Range) { r.End = Pos{} },
		"no line":       func(d *Diagnostic, _ *Range) { d.Line = "" },
		"another line":  func(_ *Diagnostic, r *Range) { r.Start.Line, r.End.Line = 2, 2 },
		"several lines": func(_ *Diagnostic, r *Range) { r.End.Line = 2 },
		"no file":       func(_ *Diagnostic, r *Range) { r.File = "" },
		"no start":      func(_ *Diagnostic, r *Range) { r.Start = Pos{} },
	} {
		t.Run(name, func(t *testing.T) {
			other := *d
			edit := d.Edits[0]
			change(&other, &edit.Range)
			other.Edits = []Edit{edit}
			if got := newColumns().sarifResult(&other).Fixes; got != nil {
				t.Errorf("got %v", got)
			}
		})
	}
}
