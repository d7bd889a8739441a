package report

import (
	"io"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

type jsonRatio struct {
	Covered int      `json:"covered"`
	Total   int      `json:"total"`
	Percent *float64 `json:"percent"`
}

type jsonCoverage struct {
	jsonRatio
	Files  []jsonFile  `json:"files"`
	Rules  []jsonRule  `json:"rules"`
	Checks []jsonCheck `json:"checks"`
}

type jsonFile struct {
	Name string `json:"name"`
	jsonRatio
}

type jsonRule struct {
	Name     string     `json:"name"`
	Range    diag.Range `json:"range"`
	Enabled  bool       `json:"enabled"`
	Fired    bool       `json:"fired"`
	NotFired bool       `json:"not_fired"`
	jsonRatio
}

type jsonCheck struct {
	Text      string     `json:"text"`
	Range     diag.Range `json:"range"`
	Rule      string     `json:"rule,omitempty"`
	Macro     string     `json:"macro,omitempty"`
	Exception string     `json:"exception,omitempty"`
	True      bool       `json:"true"`
	False     bool       `json:"false"`
}

type jsonMutation struct {
	Score    *float64     `json:"score"`
	Killed   int          `json:"killed"`
	Survived int          `json:"survived"`
	NotTried int          `json:"not_tried"`
	Mutants  []jsonMutant `json:"mutants"`
}

type jsonMutant struct {
	Kind      coverage.Kind   `json:"kind"`
	Text      string          `json:"text"`
	Range     diag.Range      `json:"range"`
	Rule      string          `json:"rule,omitempty"`
	Macro     string          `json:"macro,omitempty"`
	Exception string          `json:"exception,omitempty"`
	Status    coverage.Status `json:"status"`
}

// CoverageJSON writes the coverage as one JSON object.
func CoverageJSON(w io.Writer, c *coverage.Report) error { return encode(w, jsonCoverageOf(c)) }

func jsonRatioOf(s coverage.Ratio) jsonRatio { return jsonRatio{s.Covered, s.Total, percentOf(s)} }

// percentOf returns a ratio in percent, or nil if its total is 0.
func percentOf(s coverage.Ratio) *float64 {
	if s.Total == 0 {
		return nil
	}
	p := s.Percent()
	return &p
}

func jsonCoverageOf(c *coverage.Report) *jsonCoverage {
	out := &jsonCoverage{jsonRatio: jsonRatioOf(coverage.OutcomesOf(c.Checks)), Files: []jsonFile{}, Rules: []jsonRule{}, Checks: []jsonCheck{}}
	for _, f := range coveredFiles(c) {
		out.Files = append(out.Files, jsonFile{f.name, jsonRatioOf(f.ratio())})
	}
	for _, r := range c.Rules {
		out.Rules = append(out.Rules, jsonRule{r.Name, r.Position, r.Enabled, r.Fired, r.NotFired, jsonRatioOf(coverage.OutcomesOf(r.Checks))})
	}
	for _, check := range c.Checks {
		out.Checks = append(out.Checks, jsonCheck{
			check.Text, check.Position, check.Rule, check.Macro, check.Exception, check.True, check.False,
		})
	}
	return out
}

// jsonMutationOf lists only mutants that were not killed.
func jsonMutationOf(m *coverage.Mutation) *jsonMutation {
	out := &jsonMutation{
		Score: percentOf(m.Score()), Killed: m.Count(coverage.Killed), Survived: m.Count(coverage.Survived), NotTried: m.Count(coverage.NotTried),
		Mutants: []jsonMutant{},
	}
	for _, c := range m.Mutants {
		if c.Status != coverage.Killed {
			out.Mutants = append(out.Mutants, jsonMutant{c.Kind, c.Text, c.Position, c.Rule, c.Macro, c.Exception, c.Status})
		}
	}
	return out
}
