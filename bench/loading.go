package main

import (
	"path/filepath"

	"github.com/falcorules/falcorules/bench/corpus"
)

// loading measures whole processes that load rules.
func loading(s settings, t *table) error {
	falcorules, err := s.falcorules()
	if err != nil {
		return err
	}
	many, err := s.generate("rules.yaml", 5000, corpus.Rules)
	if err != nil {
		return err
	}
	shipped := append([]string{"check", "-o", "json"}, s.syscallRules()...)
	runs, err := rounds(s.runs,
		s.process(2, falcorules, "help"),
		s.process(2, falcorules, shipped...), s.process(1, falcorules, shipped...),
		s.process(2, falcorules, "check", "-o", "json", many),
	)
	if err != nil {
		return err
	}
	files := ""
	for _, file := range s.syscallRules() {
		files += " " + filepath.Base(file)
	}
	t.add("falcorules help: the start of the process", "ms", runs[0])
	t.add("check"+files+", two cores", "ms", runs[1]).atMost(40)
	t.add("check"+files+", one core", "ms", runs[2])
	t.add("check of 5,000 generated rules, two cores", "ms", runs[3]).atMost(2000)
	return nil
}
