package diag

import (
	"fmt"
	"io"

	"github.com/falcorules/falcorules/internal/junit"
)

// JUnitFile is a file, which becomes a test in a JUnit report.
type JUnitFile struct {
	Name        string
	Diagnostics List
	// Causes has the errors in other files because of which this one was rejected. It is
	// used if none of the file's own Diagnostics is a failure.
	Causes List
}

// WriteJUnit writes a JUnit report in which each file is a test of the given suite. A
// test fails if its file has diagnostics that are at least as severe as failOn. They form
// one failure, because CI systems show only one per test; the other diagnostics are the
// test's output.
func WriteJUnit(w io.Writer, suite string, files []JUnitFile, failOn Severity) error {
	out := junit.Suite{Name: suite}
	for _, f := range files {
		out.Add(f.testcase(suite, failOn))
	}
	return junit.Write(w, out)
}

func (f *JUnitFile) testcase(suite string, failOn Severity) *junit.Case {
	c := junit.NewCase(f.Name, suite, f.Name)
	if f.Name == "" {
		c.Name = "(no file)"
	}
	var failures, others List
	for _, d := range f.Diagnostics {
		if d.Severity <= failOn {
			failures = append(failures, d)
		} else {
			others = append(others, d)
		}
	}
	switch {
	case len(failures) > 0:
		c.Failure = junit.NewProblem(firstOf(failures), string(failures[0].Code), Text(failures, TextOptions{}))
	case len(f.Causes) > 0:
		c.Failure = junit.NewProblem("rejected because of errors in other files", string(f.Causes[0].Code), f.Causes.Error()+"\n")
	}
	if len(others) > 0 {
		c.SystemOut = &junit.Lines{Text: junit.Clean(Text(others, TextOptions{}))}
	}
	return c
}

// firstOf returns the first message and the number of others.
func firstOf(list List) string {
	if len(list) == 1 {
		return list[0].Message
	}
	return fmt.Sprintf("%s (and %d more)", list[0].Message, len(list)-1)
}
