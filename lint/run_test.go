package lint_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// everyRule reports each rule, and lists by the ranges of all their names.
func everyRule(id diag.Code, level lint.Level) *lint.Analyzer {
	return &lint.Analyzer{ID: id, Category: lint.Style, Level: level, Summary: "S.", Run: func(p *lint.Pass) {
		for range 2 {
			for _, r := range p.Set.Rules {
				p.ReportRule(r, "%s", r.Name)
			}
		}
	}}
}

const twoRules = "- rule: B\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n- rule: A\n  desc: d\n  condition: evt.type = close\n  output: o\n  priority: INFO\n"

// TestRun looks at the order, the levels and the number of findings.
func TestRun(t *testing.T) {
	set, err := loader.Load([]loader.File{
		{Name: "b.yaml", Data: []byte(twoRules)},
		{Name: "a.yaml", Data: []byte(strings.NewReplacer("rule: B", "rule: D", "rule: A", "rule: C").Replace(twoRules)), Context: true},
	}, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	analyzers := []*lint.Analyzer{everyRule("x", lint.Warning), everyRule("y", lint.Off), everyRule("z", lint.Error)}
	for _, test := range []struct {
		name   string
		levels map[string]lint.Level
		want   string
	}{
		{"defaults", nil, "1 x warning B, 1 z error B, 6 x warning A, 6 z error A"},
		{"by ID", map[string]lint.Level{"x": lint.Off, "y": lint.Info}, "1 y notice B, 1 z error B, 6 y notice A, 6 z error A"},
		{"by category and ID", map[string]lint.Level{"style": lint.Off, "z": lint.Info}, "1 z notice B, 6 z notice A"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, d := range lint.Run(t.Context(), set, lint.Options{Analyzers: analyzers, Levels: test.levels}) {
				got = append(got, fmt.Sprintf("%d %s %s %s", d.Range.Start.Line, d.Code, d.Severity, d.Message))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if found := lint.Run(done, set, lint.Options{Analyzers: analyzers}); len(found) > 0 {
		t.Errorf("after the end got %v", found)
	}
}

// TestForFile lints two files with different levels.
func TestForFile(t *testing.T) {
	set, err := loader.Load([]loader.File{
		{Name: "a.yaml", Data: []byte(twoRules)},
		{Name: "b.yaml", Data: []byte(strings.NewReplacer("rule: B", "rule: D # falcorules ignore:y", "rule: A", "rule: C").Replace(twoRules))},
	}, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	unused := slices.DeleteFunc(lint.Default(), func(a *lint.Analyzer) bool { return a.ID != "unused-suppression" })
	options := lint.Options{
		Analyzers: append(unused, everyRule("x", lint.Warning), everyRule("y", lint.Off)),
		ForFile: func(name string) (map[string]lint.Level, lint.Values) {
			if name == "a.yaml" {
				return map[string]lint.Level{"x": lint.Off, "y": lint.Info}, nil
			}
			return map[string]lint.Level{"x": lint.Error}, nil
		},
	}
	var got []string
	for _, d := range lint.Run(t.Context(), set, options) {
		got = append(got, fmt.Sprintf("%s %s %s %s", d.Range.File, d.Code, d.Severity, d.Message))
	}
	want := []string{"a.yaml y notice B", "a.yaml y notice A", "b.yaml x error D", "b.yaml x error C"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRunGrowth runs all analyzers over rules that repeat something.
func TestRunGrowth(t *testing.T) {
	const rule = "- rule: r\n  desc: d\n  condition: evt.type = execve and proc.name = x"
	const rest = "\n  output: '%proc.name'\n  priority: INFO\n"
	each := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, test := range []struct {
		name string
		text func(n int) string
	}{
		{"appended texts", func(n int) string {
			return rule + rest + each(n, "- rule: r\n  condition: and proc.cwd != /%d\n  override: {condition: append}\n")
		}},
		{"exclusions", func(n int) string { return rule + each(n, " and proc.cwd != /%d") + rest }},
		{"exclusions of some values", func(n int) string { return rule + each(n, " and proc.cwd != /%d") + " and proc.cwd in (/x, /y)" + rest }},
		{"names that are too long", func(n int) string {
			return "- list: l\n  items: [a" + each(n, ", item-with-number-%d") + "]\n" + rule + " and not proc.pname in (l)" + rest
		}},
		{"macros of macros", func(n int) string {
			var b strings.Builder
			b.WriteString("- macro: m0\n  condition: proc.name = a\n")
			for i := 1; i <= n; i++ {
				fmt.Fprintf(&b, "- macro: m%d\n  condition: m%d and proc.pname != p%d\n", i, i-1, i)
			}
			return b.String() + rule + fmt.Sprintf(" and m%d", n) + rest
		}},
		{"alternatives", func(n int) string { return rule + " and (proc.cwd = /" + each(n, " or proc.cwd = /%d") + ")" + rest }},
		{"alternatives without parentheses", func(n int) string {
			return rule + " and (proc.cwd = /" + each(n, " or proc.cwd = /%d and proc.pname = a") + ")" + rest
		}},
		{"definitions", func(n int) string {
			return rule + rest + each(n, "- list: l%d\n  items: [a]\n- macro: m%[1]d\n  condition: (proc.name in (l%[1]d) and evt.type = open)\n")
		}},
		{"suppressions", func(n int) string { return "# falcorules ignore:" + each(n, "x%d,") + "\n" + rule + rest }},
	} {
		t.Run(test.name, func(t *testing.T) {
			sets := map[int]*loader.Ruleset{}
			growth.Linear(t, 100, func(n int) {
				if sets[n] == nil {
					var err error
					if sets[n], err = loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(test.text(n))}}, loader.Options{Sources: all.Sources()}); err != nil {
						t.Fatal(err)
					}
				}
				lint.Run(t.Context(), sets[n], lint.Options{})
			})
		})
	}
}

// FuzzRun runs all analyzers over any file.
func FuzzRun(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, _ := loader.Load([]loader.File{{Name: "f.yaml", Data: data}}, loader.Options{Unwrap: len(data)%2 == 1})
		for _, d := range lint.Run(t.Context(), set, lint.Options{}) {
			if d.Code == "" || d.Message == "" || d.Range.File == "" {
				t.Fatalf("%+v", d)
			}
		}
	})
}
