package ruletest

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// Results are the results of some suites, in the order in which the suites were given.
type Results struct {
	Suites []*SuiteResult
	// Stopped is set if tests were left out after a failure, because of
	// [Options.FailFast]. Interrupted is set if tests were left out because the context
	// was done.
	Stopped, Interrupted bool
	// Coverage is nil unless [Options] ask for it.
	Coverage *coverage.Report
	// Mutation is nil unless [Options] ask for it.
	Mutation *coverage.Mutation
}

// SuiteResult is the result of a suite.
type SuiteResult struct {
	Name string
	// Errors are the mistakes in the suite. If there are any, there are no tests.
	Errors diag.List
	// Tests are the results of the selected tests.
	Tests []*TestResult
	// LeftOut is the number of tests that were skipped because others have Only.
	LeftOut int

	collector *coverage.Collector
}

// Note returns a reminder that tests were skipped because others have Only, or "".
func (s *SuiteResult) Note() string { return noteOf(s.LeftOut, len(s.Tests)) }

func noteOf(leftOut, tests int) string {
	if leftOut == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d tests skipped because others have only", leftOut, tests)
}

// Status is the status of a test.
type Status string

// The statuses.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// TestResult is the result of a test.
type TestResult struct {
	Name     string
	Position diag.Range
	Status   Status
	// Reason is the reason why the test was skipped, or empty.
	Reason string
	// Failures are the reasons why the test failed. It passed if there are none and it
	// was not skipped.
	Failures []*Failure
}

// Text returns all failures as text, or "" if the test did not fail.
func (t *TestResult) Text() string {
	var b strings.Builder
	for _, f := range t.Failures {
		b.WriteString(f.textIn(t.Position))
	}
	return b.String()
}

// Counts are numbers of tests, and of invalid suites.
type Counts struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	Invalid int `json:"invalid"` // suites
}

// String returns the numbers of tests: "5 passed, 1 failed, 0 skipped".
func (c Counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.Passed, c.Failed, c.Skipped)
}

// Counts counts the tests of a suite.
func (s *SuiteResult) Counts() Counts {
	var c Counts
	if len(s.Errors) > 0 {
		c.Invalid = 1
	}
	for _, t := range s.Tests {
		switch t.Status {
		case Passed:
			c.Passed++
		case Failed:
			c.Failed++
		default:
			c.Skipped++
		}
	}
	return c
}

// Counts counts all tests.
func (r *Results) Counts() Counts {
	var sum Counts
	for _, s := range r.Suites {
		c := s.Counts()
		sum.Passed += c.Passed
		sum.Failed += c.Failed
		sum.Skipped += c.Skipped
		sum.Invalid += c.Invalid
	}
	return sum
}

// FailureKind is the kind of a failure.
type FailureKind string

// The kinds of failures.
const (
	// NotFired means that an expected rule did not fire.
	NotFired FailureKind = "not-fired"
	// WrongTimes means that an expected rule fired too often or too rarely.
	WrongTimes FailureKind = "times"
	// Differs means that an expected rule fired with a different alert.
	Differs FailureKind = "differs"
	// Unexpected means that a rule fired without being expected.
	Unexpected FailureKind = "unexpected"
	// Rejected means that a rule fired although the test rejects it.
	Rejected FailureKind = "rejected"
	// NotLoaded means that the rules do not load.
	NotLoaded FailureKind = "not-loaded"
	// WrongLoad means that loading the rules did not report what the test expects.
	WrongLoad FailureKind = "loading"
)

// Failure is a difference between what a test expects and what happened.
type Failure struct {
	Kind FailureKind
	// Rule is the name of the rule that the failure is about, or empty.
	Rule string
	// Position is the range of the expectation or else of the test.
	Position diag.Range
	// Message is one sentence.
	Message string
	// Details explain the failure.
	Details []Detail
}

// Detail is a labelled fact about a failure.
type Detail struct {
	// Label is a word such as "why" or "output". If it is empty, the previous label
	// applies.
	Label string
	// Text may have several lines.
	Text string
}

func (f *Failure) add(label, format string, args ...any) {
	f.Details = append(f.Details, Detail{label, fmt.Sprintf(format, args...)})
}

// Text returns the message with its position, and the details on the lines below.
func (f *Failure) Text() string { return f.textIn(diag.Range{}) }

// textIn is like Text, but leaves out the position if it is the same as the test's.
func (f *Failure) textIn(test diag.Range) string {
	var b strings.Builder
	b.WriteString(quote.Line(f.Message))
	if f.Position.Start.Line > 0 && f.Position != test {
		fmt.Fprintf(&b, " (%s:%d)", quote.Line(f.Position.File), f.Position.Start.Line)
	}
	b.WriteByte('\n')
	width := 0
	for _, d := range f.Details {
		width = max(width, len(d.Label)+len(":"))
	}
	for _, d := range f.Details {
		label := ""
		if d.Label != "" {
			label = d.Label + ":"
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(d.Text, "\n"), "\n") {
			b.WriteString(strings.TrimRight(fmt.Sprintf("    %-*s  %s", width, label, quote.Line(line)), " ") + "\n")
			label = ""
		}
	}
	return b.String()
}
