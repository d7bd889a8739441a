package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// BenchmarkRun lints rules that use a macro and a list. The notices are a part of what
// "falcorules check" does.
func BenchmarkRun(b *testing.B) {
	var text strings.Builder
	text.WriteString("- list: shells\n  items: [bash, sh, zsh]\n- macro: shell\n  condition: (evt.type in (execve, execveat) and proc.name in (shells))\n")
	for i := range 200 {
		fmt.Fprintf(&text, "- rule: Shell %d\n  desc: d\n  condition: shell and (proc.pname = program-%d or not fd.name startswith /srv/%d)\n  output: o\n  priority: INFO\n", i, i, i)
	}
	set, err := loader.Load([]loader.File{{Name: "r.yaml", Data: []byte(text.String())}}, loader.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("notices", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			lint.Notices(b.Context(), set)
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			lint.Run(b.Context(), set, lint.Options{})
		}
	})
}

// BenchmarkAnalyzers runs each analyzer alone over each of many rules files. The time without
// analyzers, which is a part of all others, is that of none; analyzers of conditions also
// build them.
func BenchmarkAnalyzers(b *testing.B) {
	paths, err := filepath.Glob(filepath.Join(conformance.Dir(b), "load-generated", "*.yaml"))
	if err != nil || len(paths) == 0 {
		b.Fatal("there are no rules files", err)
	}
	var sets []*loader.Ruleset
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		set, _ := loader.Load([]loader.File{{Name: filepath.Base(path), Data: data}}, loader.Options{}) // some have errors
		sets = append(sets, set)
	}
	levels := map[string]lint.Level{}
	for _, a := range lint.Default() {
		levels[string(a.ID)] = min(a.Level, lint.Info)
	}
	run := func(name string, analyzers ...*lint.Analyzer) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, set := range sets {
					lint.Run(b.Context(), set, lint.Options{Analyzers: analyzers, Levels: levels})
				}
			}
		})
	}
	run("none", []*lint.Analyzer{}...)
	for _, a := range lint.Default() {
		run(string(a.ID), a)
	}
}
