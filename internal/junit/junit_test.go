package junit

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "",
		"a\tb\r\nc":          "a\tb\nc",
		"a\u202eb\u009b":     "a\uFFFDb\uFFFD",
		"\x00\x08\x1b":       "\uFFFD\uFFFD\uFFFD",
		"a\xffb":             "a\uFFFDb",
		"\xed\xa0\x80":       "\uFFFD", // half of a surrogate pair
		"\uFFFE\uFFFF\uFFFD": "\uFFFD\uFFFD\uFFFD",
		"ä𝒳<&>":              "ä𝒳<&>",
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if got := Clean(text); got != want {
				t.Errorf("Clean(%q) = %q, want %q", text, got, want)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	suite := Suite{Name: "rules_test.yaml"}
	suite.Add(NewCase("passes", "suite", "a.yaml"))
	failed := NewCase("fails \x1b", "suite", "a.yaml")
	failed.Line = 3
	failed.Failure = NewProblem("2 > 1", "count", "want ]]> here")
	suite.Add(failed)
	broken := NewCase("cannot run", "suite", "")
	broken.Error = NewProblem("no rules", "suite", "")
	suite.Add(broken)
	skipped := NewCase("waits", "suite", "a.yaml")
	skipped.Skipped = &Skipped{Message: "later"}
	suite.Add(skipped)
	suite.Note("")
	suite.Note("1 test was not selected")

	var out strings.Builder
	if err := Write(&out, suite, Suite{Name: "empty"}); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/report.xml", out.String())

	var read Suites
	if err := xml.Unmarshal([]byte(out.String()), &read); err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Tests: 4, Failures: 1, Errors: 1, Skipped: 1}); read.Counts != want {
		t.Errorf("counts %+v, want %+v", read.Counts, want)
	}
	if got := read.Suites[0].Cases[1].Failure.Text; got != "want ]]> here" {
		t.Errorf("the text of the failure is %q", got)
	}
}

func TestWriteError(t *testing.T) {
	if err := Write(failingWriter{}, Suite{Name: "s"}); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}

var errFull = errors.New("disk full")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }
