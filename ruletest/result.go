package ruletest

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// Results is what became of suites, in the order in which they were given.
type Results struct {
	Suites []*SuiteResult
	// Stopped says that after a failure, Interrupted that after an interrupt something
	// was left out.
	Stopped, Interrupted bool
	// Coverage is what the tests show of the rules; nil where nobody asked.
	Coverage *coverage.Report
	// Mutation is what they notice of small changes to the rules; nil if nobody asked.
	Mutation *coverage.Mutation
}

// SuiteResult is what became of a suite.
type SuiteResult struct {
	Name string
	// Errors say what is wrong with the suite; then there are no tests.
	Errors diag.List
	// Tests are the tests that were asked for.
	Tests []*TestResult
	// LeftOut is how many of them were skipped since others have only.
	LeftOut int

	collector *coverage.Collector
}

// Note says what is easily forgotten about a suite: that tests were left out since
// others have only. It may be empty.
func (s *SuiteResult) Note() string { return noteOf(s.LeftOut, len(s.Tests)) }

func noteOf(leftOut, tests int) string {
	if leftOut == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d tests left out, since others have only", leftOut, tests)
}

// Status says what became of a test.
type Status string

// The statuses.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// TestResult is what became of a test.
type TestResult struct {
	Name     string
	Position diag.Range
	Status   Status
	// Reason says why the test was skipped.
	Reason string
	// Failures say why it failed.
	Failures []*Failure
}

// Text returns all failures for people.
func (t *TestResult) Text() string {
	var b strings.Builder
	for _, f := range t.Failures {
		b.WriteString(f.textIn(t.Position))
	}
	return b.String()
}

// Counts are numbers of tests, and of suites that are wrong.
type Counts struct {
	Passed, Failed, Skipped, Wrong int
}

// Counts counts the tests of a suite.
func (s *SuiteResult) Counts() Counts {
	var c Counts
	if len(s.Errors) > 0 {
		c.Wrong = 1
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
		sum.Wrong += c.Wrong
	}
	return sum
}

// FailureKind says what a failure is about.
type FailureKind string

// The kinds of failures.
const (
	// NotFired means that an expected rule did not fire, OtherTimes that it fired
	// more or less often.
	NotFired   FailureKind = "not-fired"
	OtherTimes FailureKind = "times"
	// Differs means that it fired and the alert is not as expected.
	Differs FailureKind = "differs"
	// Unexpected means that a rule fired that nothing expects, Rejected one that must
	// not.
	Unexpected FailureKind = "unexpected"
	Rejected   FailureKind = "rejected"
	// NotLoaded means that the rules do not load, OtherLoading that loading them says
	// something else.
	NotLoaded    FailureKind = "not-loaded"
	OtherLoading FailureKind = "loading"
)

// Failure is what is wrong with what rules made of events.
type Failure struct {
	Kind FailureKind
	// Rule is the rule that it is about, or empty.
	Rule string
	// Position is the place of the expectation, or that of the test.
	Position diag.Range
	// Message says what is wrong in one sentence.
	Message string
	// Details are what there is to know besides.
	Details []Detail
}

// Detail is a fact about a failure.
type Detail struct {
	// Label says what it is, such as "why" or "expected"; empty goes on with the one
	// before.
	Label string
	// Text may have several lines.
	Text string
}

func (f *Failure) add(label, format string, args ...any) {
	f.Details = append(f.Details, Detail{label, fmt.Sprintf(format, args...)})
}

// Text returns the failure for people: the message and its place, and the details
// below.
func (f *Failure) Text() string { return f.textIn(diag.Range{}) }

// textIn leaves out the place where it is that of the test.
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
