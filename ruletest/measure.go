package ruletest

import (
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// forCoverage returns the part of a test that coverage needs.
func (t *Test) forCoverage() coverage.Test {
	out := coverage.Test{Reject: t.Reject, Closed: t.closed()}
	for i := range t.Expect {
		e := &t.Expect[i]
		out.Expect = append(out.Expect, coverage.Expectation{Rule: e.Rule, Times: e.Times, Details: e.details()})
	}
	return out
}

// details reports whether an expectation depends on more than the rule and how often it
// fires.
func (e *Expectation) details() bool {
	return e.Priority != "" || e.Output != "" || len(e.Contains)+len(e.Matches)+len(e.Fields)+len(e.Tags) > 0
}

// meets reports whether an alert of the rule on the current event would meet the
// expectation if the rule fired.
func (r *suiteRun) meets(set *ruleset, e *Expectation, ev *fieldsets.Event, fields map[string]printed) bool {
	rule := set.rules[e.Rule]
	if rule.Source != ev.Source {
		return false
	}
	a := &alert{rule: set.compiled[e.Rule], message: string(r.evaluator.Append(nil, rule.Template)), fields: fields[e.Rule].on(&r.evaluator)}
	ofRule := *e
	ofRule.Routes = nil // which changes of rules do not change
	return r.differences(&ofRule, a) == nil
}
