package report

import (
	"io"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest"
)

type jsonResults struct {
	ruletest.Counts
	Stopped     bool        `json:"stopped,omitempty"`
	Interrupted bool        `json:"interrupted,omitempty"`
	Suites      []jsonSuite `json:"suites"`

	Coverage *jsonCoverage `json:"coverage,omitempty"`
	Mutation *jsonMutation `json:"mutation,omitempty"`
}

type jsonSuite struct {
	Name    string     `json:"name"`
	Errors  diag.List  `json:"errors,omitempty"`
	LeftOut int        `json:"left_out,omitempty"`
	Tests   []jsonTest `json:"tests"`
}

type jsonTest struct {
	Name     string          `json:"name"`
	Range    diag.Range      `json:"range,omitzero"`
	Status   ruletest.Status `json:"status"`
	Reason   string          `json:"reason,omitempty"`
	Failures []jsonFailure   `json:"failures,omitempty"`
}

type jsonFailure struct {
	Kind    ruletest.FailureKind `json:"kind"`
	Rule    string               `json:"rule,omitempty"`
	Range   diag.Range           `json:"range,omitzero"`
	Message string               `json:"message"`
	Details []jsonDetail         `json:"details,omitempty"`
}

type jsonDetail struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// JSON writes the results as one JSON object.
func JSON(w io.Writer, results *ruletest.Results) error {
	out := jsonResults{Counts: results.Counts(), Stopped: results.Stopped, Interrupted: results.Interrupted, Suites: []jsonSuite{}}
	for _, s := range results.Suites {
		suite := jsonSuite{Name: s.Name, Errors: s.Errors, LeftOut: s.LeftOut, Tests: []jsonTest{}}
		for _, t := range s.Tests {
			suite.Tests = append(suite.Tests, jsonTestOf(t))
		}
		out.Suites = append(out.Suites, suite)
	}
	if results.Coverage != nil {
		out.Coverage = jsonCoverageOf(results.Coverage)
	}
	if results.Mutation != nil {
		out.Mutation = jsonMutationOf(results.Mutation)
	}
	return encode(w, out)
}

func encode(w io.Writer, value any) error {
	return quote.WriteJSON(w, value, "  ")
}

func jsonTestOf(t *ruletest.TestResult) jsonTest {
	out := jsonTest{Name: t.Name, Range: t.Position, Status: t.Status, Reason: t.Reason}
	for _, f := range t.Failures {
		failure := jsonFailure{Kind: f.Kind, Rule: f.Rule, Range: f.Position, Message: f.Message}
		for _, d := range f.Details {
			failure.Details = append(failure.Details, jsonDetail(d))
		}
		out.Failures = append(out.Failures, failure)
	}
	return out
}
