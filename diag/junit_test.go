package diag

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/junit"
)

func TestWriteJUnit(t *testing.T) {
	e := &Diagnostic{Code: "CODE", Message: "bad", Hint: "h", Range: at("a", 0, 1, 1, 1), Line: "x"}
	warning := &Diagnostic{Code: "code", Severity: Warning, Message: "odd", Range: Range{File: "a"}}
	notice := &Diagnostic{Code: "code", Severity: Notice, Message: "dull", Range: Range{File: "a"}}
	for _, test := range []struct {
		name                     string
		file                     JUnitFile
		failOn                   Severity
		title, failure, code, is string
	}{
		{"accepted", JUnitFile{Name: "a"}, Notice, "a", "", "", ""},
		{"warning", JUnitFile{Name: "a", Diagnostics: List{warning}}, Error, "a", "", "", "a: warning: code: odd\n"},
		{"warning that fails", JUnitFile{Name: "a", Diagnostics: List{warning}}, Warning, "a", "odd", "code", ""},
		{"all severities", JUnitFile{Name: "a", Diagnostics: List{notice, warning, e}}, Warning, "a", "odd (and 1 more)", "code", "a: notice: code: dull\n"},
		{"error", JUnitFile{Name: "a", Diagnostics: List{e}}, Error, "a", "bad", "CODE", ""},
		{"several", JUnitFile{Name: "a", Diagnostics: List{e, warning, e}}, Error, "a", "bad (and 1 more)", "CODE", "a: warning: code: odd\n"},
		{"blamed", JUnitFile{Name: "b", Causes: List{e}}, Error, "b", "rejected because of errors in other files", "CODE", ""},
		{"no name", JUnitFile{Diagnostics: List{e}}, Error, "(no file)", "bad", "CODE", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := writeJUnit(t, test.file, test.failOn)
			failure, code, output := "", "", ""
			if c.Failure != nil {
				failure, code = c.Failure.Message, c.Failure.Type
			}
			if c.SystemOut != nil {
				output = c.SystemOut.Text
			}
			if c.Name != test.title || failure != test.failure || code != test.code || output != test.is {
				t.Errorf("got %q: %q, %q, %q", c.Name, failure, code, output)
			}
		})
	}
}

// TestJUnitBytes puts every byte, and what else XML cannot hold, into every text.
func TestJUnitBytes(t *testing.T) {
	var every []byte
	for i := range 256 {
		every = append(every, byte(i))
	}
	text := string(every) + "]]> <![CDATA[ &#1; \uFFFE\uFFFF\uFEFF\U0010FFFF"
	file := JUnitFile{Name: text}
	for _, severity := range []Severity{Error, Warning, Notice} {
		file.Diagnostics = append(file.Diagnostics, &Diagnostic{Code: Code(text), Severity: severity, Message: text, Hint: text, Line: text, Range: at(text, 1, 1, 2, 1)})
	}
	if c := writeJUnit(t, file, Error); !strings.Contains(c.Failure.Text, "]]> <![CDATA[ &#1; ") {
		t.Errorf("got %q", c.Failure.Text)
	}
}

// writeJUnit writes a report about one file and returns the case read back.
func writeJUnit(t *testing.T, file JUnitFile, failOn Severity) *junit.Case {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJUnit(&b, "falcorules check", []JUnitFile{file}, failOn); err != nil {
		t.Fatal(err)
	}
	var suites junit.Suites
	if err := xml.Unmarshal(b.Bytes(), &suites); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return suites.Suites[0].Cases[0]
}
