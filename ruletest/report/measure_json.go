package report

import (
	"io"

	"github.com/falcorules/falcorules/ruletest"
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
	At      *jsonPlace `json:"at"`
	Enabled bool       `json:"enabled"`
	Fired   bool       `json:"fired"`
	Missed  bool       `json:"missed"`
	jsonShare
}

type jsonCheck struct {
	Text      string     `json:"text"`
	At        *jsonPlace `json:"at"`
	End       *jsonPlace `json:"end,omitempty"`
	Rule      string     `json:"rule,omitempty"`
	Macro     string     `json:"macro,omitempty"`
	Exception string     `json:"exception,omitempty"`
	True      bool       `json:"true"`
	False     bool       `json:"false"`
}

type jsonMutation struct {
	Score    *float64     `json:"score"`
	Noticed  int          `json:"noticed"`
	Survived int          `json:"survived"`
	NotTried int          `json:"not_tried"`
	Changes  []jsonChange `json:"changes"`
}

type jsonChange struct {
	Kind      ruletest.ChangeKind   `json:"kind"`
	Text      string                `json:"text"`
	At        *jsonPlace            `json:"at"`
	Rule      string                `json:"rule,omitempty"`
	Macro     string                `json:"macro,omitempty"`
	Exception string                `json:"exception,omitempty"`
	Status    ruletest.ChangeStatus `json:"status"`
}

// CoverageJSON writes one object with what tests show of rules.
func CoverageJSON(w io.Writer, c *ruletest.Coverage) error { return encode(w, jsonCoverageOf(c)) }

func jsonShareOf(s ruletest.Share) jsonShare { return jsonShare{s.Seen, s.Of, percentOf(s)} }

// percentOf returns a share in percent, or nil where it is one of nothing.
func percentOf(s ruletest.Share) *float64 {
	if s.Of == 0 {
		return nil
	}
	p := s.Percent()
	return &p
}

func jsonCoverageOf(c *ruletest.Coverage) *jsonCoverage {
	out := &jsonCoverage{jsonShare: jsonShareOf(ruletest.ShareOf(c.Checks)), Files: []jsonFile{}, Rules: []jsonRule{}, Checks: []jsonCheck{}}
	for _, f := range coveredFiles(c) {
		out.Files = append(out.Files, jsonFile{f.name, jsonShareOf(f.share())})
	}
	for _, r := range c.Rules {
		out.Rules = append(out.Rules, jsonRule{r.Name, jsonPlaceOf(r.Position), r.Enabled, r.Fired, r.Missed, jsonShareOf(ruletest.ShareOf(r.Checks))})
	}
	for _, check := range c.Checks {
		out.Checks = append(out.Checks, jsonCheck{
			check.Text, jsonPlaceOf(check.Position), jsonPlaceOf(check.End), check.Rule, check.Macro, check.Exception, check.True, check.False,
		})
	}
	return out
}

// jsonMutationOf has of the changes those that no test noticed.
func jsonMutationOf(m *ruletest.Mutation) *jsonMutation {
	out := &jsonMutation{
		Score: percentOf(m.Score()), Noticed: m.Count(ruletest.Noticed), Survived: m.Count(ruletest.Survived), NotTried: m.Count(ruletest.NotTried),
		Changes: []jsonChange{},
	}
	for _, c := range m.Changes {
		if c.Status != ruletest.Noticed {
			out.Changes = append(out.Changes, jsonChange{c.Kind, c.Text, jsonPlaceOf(c.Position), c.Rule, c.Macro, c.Exception, c.Status})
		}
	}
	return out
}
