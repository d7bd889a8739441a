package loader_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/loader"
)

// manyRules returns a file of n rules, each of which uses two macros and a list.
func manyRules(n int) []byte {
	var text bytes.Buffer
	text.WriteString("- list: shells\n  items: [bash, sh, zsh]\n\n" +
		"- macro: spawned_process\n  condition: (evt.type in (execve, execveat))\n\n" +
		"- macro: shell_started\n  condition: (spawned_process and proc.name in (shells))\n\n")
	for i := range n {
		fmt.Fprintf(&text, "- rule: Shell %d\n  desc: A shell was started.\n"+
			"  condition: shell_started and proc.pname = program-%d and not fd.name startswith /srv/%d\n"+
			"  output: shell (command %%proc.cmdline, user %%user.name)\n  priority: NOTICE\n\n", i, i, i)
	}
	return text.Bytes()
}

func BenchmarkLoad(b *testing.B) {
	sources := []*fieldsets.Source{syscall.NewSource()}
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			files := []loader.File{{Name: "rules.yaml", Data: manyRules(n)}}
			b.SetBytes(int64(len(files[0].Data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := loader.Load(files, loader.Options{Sources: sources}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOrigins looks up the origin of each check of each rule.
func BenchmarkOrigins(b *testing.B) {
	set, err := loader.Load([]loader.File{{Name: "rules.yaml", Data: manyRules(100)}}, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource()}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range set.Rules {
			for n := range r.Trace().Root().Checks() {
				n.Origin()
			}
		}
	}
}

// BenchmarkExample matches the rules of the example over its audit events, from
// their text on.
func BenchmarkExample(b *testing.B) {
	files := loader.Reader{}.Read("../examples/k8s_audit/rules")
	set, err := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource()}})
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile("../examples/k8s_audit/audit.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	var lines [][]byte
	for line := range strings.Lines(string(text)) {
		lines = append(lines, []byte(line))
	}
	matcher, decoder := set.Engine.NewMatcher(eval.FirstMatch), k8saudit.NewDecoder(&fieldsets.Stream{})
	var out []byte
	each := func(ev *fieldsets.Event) error {
		for _, m := range matcher.Match(ev) {
			out = m.AppendJSON(out[:0])
		}
		return nil
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for _, line := range lines {
			if err := decoder.Decode(line, each); err != nil {
				b.Fatal(err)
			}
		}
	}
}
