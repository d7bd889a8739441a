// Package junit writes test reports in the JUnit XML format for CI systems.
package junit

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/internal/quote"
)

// Suites is a report.
type Suites struct {
	XMLName xml.Name `xml:"testsuites"`
	Counts
	Suites []Suite `xml:"testsuite"`
}

// Suite is a group of tests.
type Suite struct {
	Name string `xml:"name,attr"`
	Counts
	Cases     []*Case `xml:"testcase"`
	SystemOut *Lines  `xml:"system-out"`
}

// Counts are the numbers of tests and of their results.
type Counts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

// Case is a test. It passed if Failure, Error and Skipped are nil.
type Case struct {
	Name      string   `xml:"name,attr"`
	Classname string   `xml:"classname,attr"`
	File      string   `xml:"file,attr,omitempty"`
	Line      int      `xml:"line,attr,omitempty"`
	Failure   *Problem `xml:"failure"`
	Error     *Problem `xml:"error"`
	Skipped   *Skipped `xml:"skipped"`
	SystemOut *Lines   `xml:"system-out"`
}

// Problem describes why a test failed or could not run.
type Problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Lines
}

// Skipped describes why a test did not run.
type Skipped struct {
	Message string `xml:"message,attr"`
}

// Lines is text of any length, written as CDATA.
type Lines struct {
	Text string `xml:",cdata"`
}

// NewCase returns a test that passed. It cleans its arguments.
func NewCase(name, classname, file string) *Case {
	return &Case{Name: Clean(name), Classname: Clean(classname), File: Clean(file)}
}

// NewProblem returns a problem. It cleans its arguments.
func NewProblem(message, kind, text string) *Problem {
	return &Problem{Clean(message), Clean(kind), Lines{Clean(text)}}
}

// Add adds a test to the suite and its counts.
func (s *Suite) Add(c *Case) {
	s.Tests++
	switch {
	case c.Error != nil:
		s.Errors++
	case c.Failure != nil:
		s.Failures++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// Note sets the output of the suite, unless text is empty.
func (s *Suite) Note(text string) {
	if text != "" {
		s.SystemOut = &Lines{Clean(text)}
	}
}

// Write writes a report with the given suites.
func Write(w io.Writer, suites ...Suite) error {
	report := Suites{Suites: suites}
	for _, s := range suites {
		report.Tests += s.Tests
		report.Failures += s.Failures
		report.Errors += s.Errors
		report.Skipped += s.Skipped
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(report); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// Clean replaces with U+FFFD what XML cannot represent, even escaped, and what
// [quote.Lines] replaces: CI systems show reports to people.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError
		}
		return r
	}, quote.Lines(text))
}
