package ruletest

import (
	"fmt"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader/explain"
)

// ask is a question about a failure: why a rule fired on an event, or, for event 0,
// did not fire on the events of a test.
type ask struct {
	failure *Failure
	rule    string
	event   uint64
	// numbered says that there are several events.
	numbered bool

	explainer *explain.Explainer
	answers   []string
	// more is how many answers are not told, other an answer about an event of
	// another source.
	more  int
	other string
}

// maxExplained is how many events are looked at for an answer.
const maxExplained = 1000

// answer adds the answers to the failures: the events are read once more.
func (r *suiteRun) answer(set *ruleset, t *Test, asks []*ask) {
	for _, a := range asks {
		a.explainer, _ = explain.New(set.set, a.rule, r.suite.Matching) // the rule is known
	}
	r.decoder.events(t, func(ev *fieldsets.Event) {
		for _, a := range asks {
			if a.event == ev.Number || a.event == 0 && len(a.answers)+a.more < maxExplained {
				a.look(ev)
			}
		}
	})
	for _, a := range asks {
		a.tell()
	}
}

// look looks at an event for the answer.
func (a *ask) look(ev *fieldsets.Event) {
	e := a.explainer.Explain(ev)
	text := e.Cause()
	if e.Outcome == explain.Shadowed {
		text += ` ("matching: all" in the suite)`
	}
	if a.numbered {
		text = fmt.Sprintf("event %d: %s", ev.Number, text)
	}
	switch {
	case a.event == 0 && e.Outcome == explain.Fired:
	case a.event == 0 && e.Outcome == explain.Source:
		a.other = text
	case len(a.answers) == maxTold:
		a.more++
	default:
		a.answers = append(a.answers, text)
	}
}

// tell puts the answer before the details of the failure.
func (a *ask) tell() {
	if len(a.answers) == 0 && a.other != "" {
		a.answers = []string{a.other}
	}
	var why []Detail
	for i, text := range a.answers {
		label := "why"
		if i > 0 {
			label = ""
		}
		why = append(why, Detail{label, text})
	}
	if a.more > 0 {
		why = append(why, Detail{"", fmt.Sprintf("and so on for %d more", a.more)})
	}
	a.failure.Details = append(why, a.failure.Details...)
}
