package ruletest

import (
	"github.com/falcorules/falcorules/fieldsets"
)

// alike adds the event of the evaluator to the sets of the expectations that an alert on
// it would meet, also if the rule does not fire. Sets that are nil are left out.
func (r *suiteRun) alike(set *ruleset, ev *fieldsets.Event, number int, t *Test, sets []bitset, fields map[string]printed) {
	for i := range t.Expect {
		e := &t.Expect[i]
		rule := set.rules[e.Rule]
		if sets[i] == nil || rule.Source != ev.Source {
			continue
		}
		a := &alert{rule: set.compiled[e.Rule], message: string(r.evaluator.Append(nil, rule.Template)), fields: fields[e.Rule].on(&r.evaluator)}
		if r.differences(e, a) == nil {
			sets[i] = sets[i].with(number)
		}
	}
}

// details reports whether an expectation says more than the rule and how often.
func (e *Expectation) details() bool {
	return e.Priority != "" || e.Output != "" || len(e.Contains)+len(e.Matches)+len(e.Fields)+len(e.Tags) > 0
}
