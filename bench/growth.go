package main

import (
	"bytes"
	"fmt"

	"github.com/falcorules/falcorules/bench/corpus"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
)

// growth measures how the cost of an event grows with the number of events and rules.
func growth(s settings, t *table) error {
	if err := moreEvents(s, t); err != nil {
		return err
	}
	return moreRules(s, t)
}

// moreEvents runs the command over ever larger files. The time per event must not grow.
func moreEvents(s settings, t *table) error {
	falcorules, err := s.falcorules()
	if err != nil {
		return err
	}
	counts := []int{10_000, 100_000, 1_000_000}
	measures := make([]func() (float64, error), len(counts))
	for i, n := range counts {
		file, err := s.generate("audit.jsonl", n, corpus.Audit)
		if err != nil {
			return err
		}
		run := s.process(2, falcorules, append(s.runArgs(), file)...)
		measures[i] = func() (float64, error) {
			ms, err := run()
			return ms * 1e6 / float64(n), err
		}
	}
	runs, err := rounds(s.runs, measures...)
	if err != nil {
		return err
	}
	for i, n := range counts {
		r := t.add(fmt.Sprintf("an event of a file with %d, whole process, two cores", n), "ns", runs[i])
		if i > 0 {
			r.timesAtMost(runs[i-1], 1.2)
		}
	}
	return nil
}

// moreRules matches events against ever more rules, none of which can fire.
func moreRules(s settings, t *table) error {
	all, err := requests(inMemory)
	if err != nil {
		return err
	}
	events, err := asAudit(all)
	if err != nil {
		return err
	}
	counts := []int{100, 1000, 10_000}
	measures := make([]func() (float64, error), len(counts))
	for i, n := range counts {
		var rules bytes.Buffer
		if err := corpus.OtherVerbs(&rules, n); err != nil {
			return err
		}
		set, err := loader.Load([]loader.File{{Name: "rules.yaml", Data: rules.Bytes()}}, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource()}})
		if err != nil {
			return err
		}
		matcher := set.Engine.NewMatcher(eval.FirstMatch)
		measures[i] = perItem(len(events), matchAll(matcher, events, nil))
	}
	runs, err := rounds(s.runs, measures...)
	if err != nil {
		return err
	}
	for i, n := range counts {
		r := t.add(fmt.Sprintf("an event in memory, %d rules about other resources", n), "ns", runs[i])
		if i > 0 {
			// The cost must grow more slowly than the number of rules.
			r.timesAtMost(runs[i-1], 5)
		}
	}
	return nil
}
