package ruletest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader/explain"
)

// question asks why a rule fired on an event or, for event 0, did not fire on the events
// of a test. The answer becomes a detail of the failures.
type question struct {
	rule     string
	event    uint64
	failures []*Failure
	numbered bool // answers give the number of the event

	explainer *explain.Explainer
	explained int // events
	answers   []string
	more      int    // answers that are not shown
	other     string // an answer about an event of another source
}

// Limits of how many events are explained.
const (
	maxExplained    = 1000   // for a question
	maxAllExplained = 10_000 // for the questions of a test
)

// answer answers the questions, which takes reading the events once more.
func (r *suiteRun) answer(ctx context.Context, set *ruleset, t *Test, questions []*question) {
	explained := 0
	for _, q := range questions {
		q.explainer, _ = explain.New(set.set, q.rule, r.suite.Matching) // the rule is known
	}
	r.decoder.events(ctx, t, func(ev *fieldsets.Event) {
		for _, q := range questions {
			if q.event == ev.Number || q.event == 0 && q.explained < maxExplained && explained < maxAllExplained {
				explained++
				q.explain(ev)
			}
		}
	})
	for _, q := range questions {
		q.addToFailures()
	}
}

func (q *question) explain(ev *fieldsets.Event) {
	q.explained++
	e := q.explainer.Explain(ev)
	lines := e.Causes()
	if e.Outcome == explain.Shadowed {
		lines[0] += ` ("matching: all" in the suite)`
	}
	start := ""
	if q.numbered {
		start = fmt.Sprintf("event %d: ", ev.Number)
	}
	text := start + strings.Join(lines, "\n"+strings.Repeat(" ", len(start)))
	switch {
	case q.event == 0 && e.Outcome == explain.Fired:
	case q.event == 0 && e.Outcome == explain.Source:
		q.other = text
	case len(q.answers) == maxShown:
		q.more++
	default:
		q.answers = append(q.answers, text)
	}
}

// addToFailures puts the answers before the other details of the failures.
func (q *question) addToFailures() {
	if len(q.answers) == 0 && q.other != "" {
		q.answers = []string{q.other}
	}
	var why []Detail
	for i, text := range q.answers {
		label := "why"
		if i > 0 {
			label = ""
		}
		why = append(why, Detail{label, text})
	}
	if q.more > 0 {
		why = append(why, Detail{"", fmt.Sprintf("and %d more events", q.more)})
	}
	for _, f := range q.failures {
		f.Details = slices.Concat(why, f.Details)
	}
}
