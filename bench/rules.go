package main

import (
	"path/filepath"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// auditRules returns the rules files of source k8s_audit.
func (s settings) auditRules() []string {
	if s.rules == "" {
		return []string{filepath.Join(top, "examples", "k8s_audit", "rules")}
	}
	return []string{filepath.Join(s.rules, "k8s_audit_rules.yaml")}
}

// syscallRules returns the rules files of source syscall.
func (s settings) syscallRules() []string {
	if s.rules == "" {
		return []string{filepath.Join(top, "examples", "syscall", "rules.yaml")}
	}
	var files []string
	for _, name := range []string{"falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"} {
		files = append(files, filepath.Join(s.rules, name))
	}
	return files
}

// load loads rules files for a source.
func load(files []string, source *fieldsets.Source) (*loader.Ruleset, error) {
	return loader.Load(loader.Reader{}.Read(files...), loader.Options{Sources: []*fieldsets.Source{source}})
}
