package lint_test

import (
	"fmt"
	"strings"
	"testing"

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
