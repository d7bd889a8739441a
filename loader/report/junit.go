package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/loader"
)

// The types below have the shape of the XML reports of JUnit, as CI systems read
// them.

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Cases []*junitCase `xml:"testcase"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Failure   *junitFailure `xml:"failure"`
	SystemOut *junitText    `xml:"system-out"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	junitText
}

type junitText struct {
	Text string `xml:",cdata"`
}

const junitName = "falcorules check"

// JUnit writes the verdicts on the files of a ruleset as a report of tests: each
// file is a test, which fails where Falco refuses the file. All errors of a file
// are one failure, since CI systems show one a test; its warnings and notices
// are the test's output.
func JUnit(w io.Writer, set *loader.Ruleset) error {
	suite := junitSuite{Name: junitName}
	for _, f := range junitFiles(set) {
		c := f.testcase(set)
		if suite.Tests++; c.Failure != nil {
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{junitCounts: suite.junitCounts, Suites: []junitSuite{suite}}); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// junitFile is what there is to say of one file.
type junitFile struct {
	name string
	// refused has what Falco says of a file that it refuses.
	refused        loader.Diagnostics
	errors, others loader.Diagnostics
}

// junitFiles returns the files that were judged, each once, and behind them
// those that diagnostics lie in besides.
func junitFiles(set *loader.Ruleset) []*junitFile {
	var files []*junitFile
	byName := map[string]*junitFile{}
	file := func(name string) *junitFile {
		f := byName[name]
		if f == nil {
			f = &junitFile{name: name}
			byName[name] = f
			files = append(files, f)
		}
		return f
	}
	for _, r := range set.Results {
		f := file(r.Name)
		f.refused = append(f.refused, r.Errors...)
	}
	for _, list := range all(set) {
		for _, d := range list {
			f := file(d.Position.File)
			if d.Severity == loader.SeverityError {
				f.errors = append(f.errors, d)
			} else {
				f.others = append(f.others, d)
			}
		}
	}
	return files
}

func (f *junitFile) testcase(set *loader.Ruleset) *junitCase {
	c := &junitCase{Name: xmlText(f.name), Classname: junitName, File: xmlText(f.name)}
	if f.name == "" {
		c.Name = "(no file)"
	}
	switch {
	case len(f.errors) > 0:
		c.Failure = junitFailureOf(f.errors[0].Code, summaryOf(f.errors), texts(f.errors))
	case len(f.refused) > 0:
		cause := set.Errors
		if len(cause) == 0 {
			cause = f.refused
		}
		c.Failure = junitFailureOf(cause[0].Code, "refused because of errors in other files", cause.Error()+"\n")
	}
	if len(f.others) > 0 {
		c.SystemOut = &junitText{xmlText(texts(f.others))}
	}
	return c
}

func junitFailureOf(code loader.Code, message, text string) *junitFailure {
	return &junitFailure{xmlText(message), xmlText(string(code)), junitText{xmlText(text)}}
}

// summaryOf returns the first message, and how many there are besides.
func summaryOf(list loader.Diagnostics) string {
	if len(list) == 1 {
		return list[0].Message
	}
	return fmt.Sprintf("%s (and %d more)", list[0].Message, len(list)-1)
}

func texts(list loader.Diagnostics) string {
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.Text())
	}
	return b.String()
}

// xmlText returns a text with U+FFFD for what XML cannot hold, not even escaped.
func xmlText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return utf8.RuneError
		}
		return r
	}, text)
}
