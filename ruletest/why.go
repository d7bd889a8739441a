package ruletest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader/explain"
)

// ask is a question about failures: why a rule fired on an event, or, for event 0, did
// not fire on the events of a test.
type ask struct {
	rule  string
	event uint64
	// failures are those that it is asked about.
	failures []*Failure
	// numbered says that there are several events.
	numbered bool

	explainer *explain.Explainer
	answers   []string
	// looked is how many events were looked at.
	looked int
	// more is how many answers are not told, other an answer about an event of
	// another source.
	more  int
	other string
}

// Limits of how many events are looked at: for an answer, and for those of a test.
const (
	maxExplained    = 1000
	maxAllExplained = 10_000
)

// answer adds the answers to the failures: the events are read once more.
func (r *suiteRun) answer(ctx context.Context, set *ruleset, t *Test, asks []*ask) {
	looked := 0
	for _, a := range asks {
		a.explainer, _ = explain.New(set.set, a.rule, r.suite.Matching) // the rule is known
	}
	r.decoder.events(ctx, t, func(ev *fieldsets.Event) {
		for _, a := range asks {
			if a.event == ev.Number || a.event == 0 && a.looked < maxExplained && looked < maxAllExplained {
				looked++
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
	a.looked++
	e := a.explainer.Explain(ev)
	lines := e.Causes()
	if e.Outcome == explain.Shadowed {
		lines[0] += ` ("matching: all" in the suite)`
	}
	start := ""
	if a.numbered {
		start = fmt.Sprintf("event %d: ", ev.Number)
	}
	text := start + strings.Join(lines, "\n"+strings.Repeat(" ", len(start)))
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
	for _, f := range a.failures {
		f.Details = slices.Concat(why, f.Details)
	}
}
