package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets/syscall"
)

var eventTypesMixed = &Analyzer{
	ID:       "event-types-mixed",
	Category: Style,
	Level:    Off,
	Summary:  "A rule is for unrelated event types.",
	Run:      runEventTypesMixed,
}

func runEventTypesMixed(p *Pass) {
	for _, c := range p.Rules() {
		types := c.Root.ValueSet(typeField)
		if !isSyscall(c) || !types.IsFinite() {
			continue
		}
		example := map[string]string{} // an event type of each category
		for _, name := range types.Texts() {
			// Calls such as read and sendto are of category io, and go along with all others.
			if t, ok := syscall.LookupEventType(name); ok && !t.Generic && t.Category != "io" && example[t.Category] == "" {
				example[t.Category] = name
			}
		}
		if len(example) > 1 {
			names := slices.Sorted(maps.Values(example))
			p.ReportRule(c.Rule, "this rule is for event types of several categories, such as %s", strings.Join(names, " and ")).
				Hint = "write a rule for each kind of event"
		}
	}
}
