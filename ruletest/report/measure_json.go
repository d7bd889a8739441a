package report

import (
	"io"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

type jsonShare struct {
	Seen    int      `json:"seen"`
	Of      int      `json:"of"`
	Percent *float64 `json:"percent"`
}

type jsonCoverage struct {
	jsonShare
	Files  []jsonFile  `json:"files"`
	Rules  []jsonRule  `json:"rules"`
	Checks []jsonCheck `json:"checks"`
}

type jsonFile struct {
	Name string `json:"name"`
	jsonShare
}

type jsonRule struct {
	Name    string     `json:"name"`
	Range   diag.Range `json:"range"`
	Enabled bool       `json:"enabled"`
	Fired   bool       `json:"fired"`
	Missed  bool       `json:"missed"`
	jsonShare
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

// CoverageJSON writes one object with what tests show of rules.
func CoverageJSON(w io.Writer, c *coverage.Report) error { return encode(w, jsonCoverageOf(c)) }

func jsonShareOf(s coverage.Share) jsonShare { return jsonShare{s.Seen, s.Of, percentOf(s)} }

// percentOf returns a share in percent, or nil where it is one of nothing.
func percentOf(s coverage.Share) *float64 {
	if s.Of == 0 {
		return nil
	}
	p := s.Percent()
	return &p
}

func jsonCoverageOf(c *coverage.Report) *jsonCoverage {
	out := &jsonCoverage{jsonShare: jsonShareOf(coverage.ShareOf(c.Checks)), Files: []jsonFile{}, Rules: []jsonRule{}, Checks: []jsonCheck{}}
	for _, f := range coveredFiles(c) {
		out.Files = append(out.Files, jsonFile{f.name, jsonShareOf(f.share())})
	}
	for _, r := range c.Rules {
		out.Rules = append(out.Rules, jsonRule{r.Name, r.Position, r.Enabled, r.Fired, r.Missed, jsonShareOf(coverage.ShareOf(r.Checks))})
	}
	for _, check := range c.Checks {
		out.Checks = append(out.Checks, jsonCheck{
			check.Text, check.Position, check.Rule, check.Macro, check.Exception, check.True, check.False,
		})
	}
	return out
}

// jsonMutationOf lists the mutants that no test killed.
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
