package ruletest

import (
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// alike says of events whether alerts of rules would be as a test expects, also where
// the rules do not fire.
type alike struct {
	run     *suiteRun
	matcher *eval.Matcher
	// rules are those of the matcher by name, as the ruleset has them.
	rules map[string]*eval.Rule
}

// newAlike returns what asks for the alerts of the rules of a set: each becomes a
// rule that always fires.
func newAlike(r *suiteRun, set *ruleset) (*alike, error) {
	a := &alike{run: r, rules: map[string]*eval.Rule{}}
	for _, rule := range set.set.Engine.Rules() {
		a.rules[rule.Name] = rule
	}
	condition, err := parser.Condition(always)
	if err != nil {
		return nil, err
	}
	builder := eval.NewBuilder(r.sources.rules...)
	for _, rule := range set.set.Rules {
		output, err := builder.CompileOutput(rule.Source, rule.CompiledOutput)
		if err == nil {
			err = builder.Add(&eval.Rule{Name: rule.Name, Source: rule.Source, Priority: rule.Priority, Condition: condition, Output: output})
		}
		if err != nil {
			return nil, err
		}
	}
	a.matcher = builder.Engine().NewMatcher(eval.AllMatches)
	return a, nil
}

// on adds an event to the sets of the expectations that an alert on it would meet.
func (a *alike) on(ev *fieldsets.Event, number int, t *Test, sets []bitset, lookups map[string]*lookup) {
	messages := map[string]*alert{}
	for _, m := range a.matcher.Match(ev) {
		messages[m.Rule.Name] = &alert{rule: a.rules[m.Rule.Name]}
		if speaksOf(t, m.Rule.Name) {
			messages[m.Rule.Name].message = string(m.AppendMessage(nil))
		}
	}
	for i := range t.Expect {
		e := &t.Expect[i]
		if sets[i] == nil {
			continue
		}
		if alert := messages[e.Rule]; alert != nil {
			alert.fields = lookups[e.Rule].print(ev)
			if a.run.differences(e, alert) == nil {
				sets[i] = sets[i].with(number)
			}
		}
	}
}

// speaksOf reports whether a test expects more of a rule than that it fires.
func speaksOf(t *Test, rule string) bool {
	for i := range t.Expect {
		if t.Expect[i].Rule == rule && t.Expect[i].details() {
			return true
		}
	}
	return false
}

// details reports whether an expectation says more than the rule and how often.
func (e *Expectation) details() bool {
	return e.Priority != "" || e.Output != "" || len(e.Contains)+len(e.Matches)+len(e.Fields)+len(e.Tags) > 0
}
