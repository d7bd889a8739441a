package main

import (
	"bytes"
	"fmt"

	"github.com/falcorules/falcorules/bench/corpus"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
)

// syscalls measures only matching: events are decoded beforehand.
func syscalls(s settings, t *table) error {
	source := fixtures.NewSource()
	set, err := load(s.syscallRules(), source.Source)
	if err != nil {
		return err
	}
	events, err := corpusEvents(inMemory, source)
	if err != nil {
		return err
	}
	matcher := set.Engine.NewMatcher(eval.FirstMatch)
	var quiet, firing []*fieldsets.Event
	for _, ev := range events {
		if len(matcher.Match(ev)) == 0 {
			quiet = append(quiet, ev)
		} else {
			firing = append(firing, ev)
		}
	}
	if len(quiet) == 0 || len(firing) == 0 {
		return fmt.Errorf("%d events raise alerts and %d do not: need some of both", len(firing), len(quiet))
	}
	var out []byte
	none := matchAll(matcher, quiet, nil)
	text := matchAll(matcher, firing, func(m eval.Match) { out = m.AppendText(out[:0]) })
	json := matchAll(matcher, firing, func(m eval.Match) { out = m.AppendJSON(out[:0]) })
	runs, err := rounds(s.runs,
		perItem(len(quiet), none), allocations(len(quiet), none),
		perItem(len(firing), text), allocations(len(firing), text),
		perItem(len(firing), json), allocations(len(firing), json),
	)
	if err != nil {
		return err
	}
	t.add(fmt.Sprintf("an event that fires none of %d rules", len(set.Engine.Rules())), "ns", runs[0]).atMost(600)
	t.add("the same, allocations", "", runs[1]).atMost(0)
	t.add("an event that fires one, with its line of text", "ns", runs[2]).atMost(3000)
	t.add("the same, allocations", "", runs[3])
	t.add("an event that fires one, with its JSON", "ns", runs[4])
	t.add("the same, allocations", "", runs[5])
	return nil
}

// inMemory is the number of events that are matched over and over. They fit into the
// processor's caches, as an event that has just been decoded would.
const inMemory = 300

// matchAll returns a function that matches all events and passes each match to alert.
func matchAll(matcher *eval.Matcher, events []*fieldsets.Event, alert func(eval.Match)) func() {
	return func() {
		for _, ev := range events {
			for _, m := range matcher.Match(ev) {
				alert(m)
			}
		}
	}
}

// corpusEvents returns events of the corpus. Each has its own decoder, because a decoder
// reuses the memory of its events.
func corpusEvents(n int, source *fixture.Source) ([]*fieldsets.Event, error) {
	var text bytes.Buffer
	if err := corpus.Syscalls(&text, n); err != nil {
		return nil, err
	}
	var events []*fieldsets.Event
	for line := range bytes.Lines(text.Bytes()) {
		var document jsonfields.Document
		if err := document.Parse(line); err != nil {
			return nil, err
		}
		ev, err := fixture.NewDecoder(&fieldsets.Stream{Hostname: "node-1"}, source).Decode(line, document.JSON())
		if err != nil {
			return nil, fmt.Errorf("%w in %s", err, line)
		}
		events = append(events, ev)
	}
	return events, nil
}
