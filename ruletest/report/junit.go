package report

import (
	"fmt"
	"io"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/junit"
	"github.com/falcorules/falcorules/ruletest"
)

// JUnit writes the results as JUnit XML, with a test suite for each suite. An invalid suite
// has one test case with an error. All failures of a test are in one, because CI systems
// show only one.
func JUnit(w io.Writer, results *ruletest.Results) error {
	var suites []junit.Suite
	for _, s := range results.Suites {
		suite := junit.Suite{Name: junit.Clean(s.Name)}
		if len(s.Errors) > 0 {
			c := junit.NewCase("(suite)", s.Name, s.Errors[0].Range.File)
			c.Line = s.Errors[0].Range.Start.Line
			c.Error = junit.NewProblem(summary(s.Errors[0].Message, len(s.Errors)), "suite", diag.Text(s.Errors, diag.TextOptions{}))
			suite.Add(c)
		}
		for _, t := range s.Tests {
			suite.Add(junitCase(s, t))
		}
		suite.Note(s.Note())
		suites = append(suites, suite)
	}
	return junit.Write(w, suites...)
}

func junitCase(s *ruletest.SuiteResult, t *ruletest.TestResult) *junit.Case {
	c := junit.NewCase(t.Name, s.Name, t.Position.File)
	c.Line = t.Position.Start.Line
	switch t.Status {
	case ruletest.Failed:
		c.Failure = junit.NewProblem(summary(t.Failures[0].Message, len(t.Failures)), string(t.Failures[0].Kind), t.Text())
	case ruletest.Skipped:
		c.Skipped = &junit.Skipped{Message: junit.Clean(t.Reason)}
	}
	return c
}

// summary returns the first of n messages and the number of others.
func summary(first string, n int) string {
	if n == 1 {
		return first
	}
	return fmt.Sprintf("%s (and %d more)", first, n-1)
}
