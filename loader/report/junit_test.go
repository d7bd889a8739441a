package report

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/internal/junit"
	"github.com/falcorules/falcorules/loader"
)

func TestJUnit(t *testing.T) {
	goldens(t, "junit", JUnit, func(t *testing.T, set *loader.Ruleset, out []byte) string {
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
		return string(out)
	})
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

// TestJUnitBytes puts every byte, and what else XML cannot hold, into every text.
func TestJUnitBytes(t *testing.T) {
	var every []byte
	for i := range 256 {
		every = append(every, byte(i))
	}
	text := string(every) + "]]> <![CDATA[ &#1; \uFFFE\uFFFF\uFEFF\U0010FFFF"
	d := func(severity loader.Severity) loader.Diagnostics {
		return loader.Diagnostics{{
			Code: loader.Code(text), Severity: severity, Message: text, Hint: text, Source: text,
			Position: loader.Position{File: text, Line: 1, Column: 2},
		}}
	}
	set := &loader.Ruleset{
		Results: []*loader.Result{{Name: text}}, Errors: d(loader.SeverityError), Warnings: d(loader.SeverityWarning), Notices: d(loader.SeverityNotice),
	}
	var b bytes.Buffer
	if err := JUnit(&b, set); err != nil {
		t.Fatal(err)
	}
	cases := decodeJUnit(t, b.Bytes()).Suites[0].Cases
	if len(cases) != 1 || !strings.Contains(cases[0].Failure.Text, "]]> <![CDATA[ &#1; ") {
		t.Errorf("got\n%s", b.String())
	}
}

// TestJUnitVerdicts: a file fails where it is to blame, and where Falco refuses
// it for what is elsewhere; one name is one test.
func TestJUnitVerdicts(t *testing.T) {
	e := &loader.Diagnostic{Code: loader.ErrValidate, Message: "bad", Position: loader.Position{File: "a", Line: 1, Column: 1}}
	follows := &loader.Diagnostic{Code: loader.ErrValidate, Message: "follows", Position: loader.Position{File: "b"}}
	var b bytes.Buffer
	set := &loader.Ruleset{
		Results: []*loader.Result{
			{Name: "a", Errors: loader.Diagnostics{e}},
			{Name: "b", Errors: loader.Diagnostics{follows}},
			{Name: "c"},
			{Name: "a"},
		},
		Errors: loader.Diagnostics{e},
	}
	if err := JUnit(&b, set); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range decodeJUnit(t, b.Bytes()).Suites[0].Cases {
		got[c.Name] = ""
		if c.Failure != nil {
			got[c.Name] = c.Failure.Message
		}
	}
	want := map[string]string{"a": "bad", "b": "refused because of errors in other files", "c": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJUnitMany(t *testing.T) {
	var b bytes.Buffer
	if err := JUnit(&b, many()); err != nil {
		t.Fatal(err)
	}
	suite := decodeJUnit(t, b.Bytes()).Suites[0]
	if want := (junit.Counts{Tests: 100, Failures: 100}); suite.Counts != want {
		t.Errorf("counts %v", suite.Counts)
	}
}
