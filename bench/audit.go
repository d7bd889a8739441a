package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/falcorules/falcorules/bench/corpus"
)

// audit measures whole processes: rules over a file of audit events and, for comparison, a
// program that only parses the lines of that file.
func audit(s settings, t *table) error {
	const events = 100_000
	file, err := s.generate("audit.jsonl", events, corpus.Audit)
	if err != nil {
		return err
	}
	falcorules, err := s.falcorules()
	if err != nil {
		return err
	}
	parselines, err := s.build(".", "./parselines")
	if err != nil {
		return err
	}
	args := append(s.runArgs(), file)
	alerts, err := s.alerts(falcorules, args)
	if err != nil {
		return err
	}
	if alerts < events/100 || alerts > events/10 {
		return fmt.Errorf("%d of %d events raise alerts, which is not realistic", alerts, events)
	}
	runs, err := rounds(s.runs, s.process(1, parselines, file), s.process(1, falcorules, args...), s.process(2, falcorules, args...))
	if err != nil {
		return err
	}
	t.add(fmt.Sprintf("only reading and parsing %d lines, one core", events), "ms", runs[0])
	t.add(fmt.Sprintf("falcorules run, %d alerts as JSON, one core", alerts), "ms", runs[1]).timesAtMost(runs[0], 3)
	two := t.add("falcorules run, two cores", "ms", runs[2])
	if runtime.NumCPU() < 2 {
		two.name += " (this machine has one)"
		two.relativeTo(runs[0])
		return nil
	}
	two.timesAtMost(runs[0], 2)
	return nil
}

// runArgs returns the arguments of falcorules run without the inputs.
func (s settings) runArgs() []string {
	args := []string{"run", "-o", "json"}
	for _, file := range s.auditRules() {
		args = append(args, "-r", file)
	}
	return args
}

// alerts runs the command once and returns how many alerts it prints.
func (s settings) alerts(falcorules string, args []string) (int, error) {
	if _, err := s.process(1, falcorules, args...)(); err != nil {
		return 0, err
	}
	out, err := os.ReadFile(filepath.Join(s.dir, "out"))
	return bytes.Count(out, []byte("\n")), err
}
