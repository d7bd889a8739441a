package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// DescribeText writes the rules of a ruleset for people, by source and priority,
// and what each uses; at length, also what each says and was compiled to.
func DescribeText(w io.Writer, set *loader.Ruleset, long bool) error {
	out := bufio.NewWriter(w)
	d := newDescriber(set)
	var sources []string
	for _, r := range set.Rules {
		if !slices.Contains(sources, r.Source) {
			sources = append(sources, r.Source)
		}
	}
	for i, source := range sources {
		if i > 0 {
			fmt.Fprintln(out)
		}
		rules := slices.DeleteFunc(slices.Clone(set.Rules), func(r *loader.Rule) bool { return r.Source != source })
		fmt.Fprintf(out, "%s: %s\n", quote.Line(source), quote.Count(len(rules), "rule"))
		for _, p := range eval.Priorities() {
			of := slices.DeleteFunc(slices.Clone(rules), func(r *loader.Rule) bool { return r.Priority != p })
			if len(of) == 0 {
				continue
			}
			fmt.Fprintf(out, "  %s\n", strings.ToUpper(p.String()))
			for _, r := range of {
				d.writeRule(out, r, long)
			}
		}
	}
	if !long {
		fmt.Fprintf(out, "\n%s, %s, %s", quote.Count(len(set.Rules), "rule"), quote.Count(len(set.Macros), "macro"), quote.Count(len(set.Lists), "list"))
		if v := set.EngineVersion; v != (loader.Version{}) {
			fmt.Fprintf(out, "; engine version %s or newer", v)
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

func (d *describer) writeRule(w io.Writer, r *loader.Rule, long bool) {
	details := d.rule(r).Details
	fmt.Fprintf(w, "    %s  (%s)\n", quote.Line(r.Name), quote.Line(r.NameAt.String()))
	line := func(name string, texts ...string) {
		if len(texts) > 0 {
			fmt.Fprintf(w, "      %s: %s\n", name, quote.Lines(strings.Join(texts, ", ")))
		}
	}
	if !r.Enabled {
		line("enabled", "false")
	}
	line("tags", r.Tags...)
	line("macros", details.Macros...)
	line("lists", details.Lists...)
	line("exceptions", details.ExceptionNames...)
	if !long {
		return
	}
	for _, at := range r.Changed {
		line("changed", at.String())
	}
	line("desc", strings.TrimSpace(r.Desc))
	line("condition", strings.TrimSpace(r.Condition))
	line("compiled", ast.String(r.Compiled))
	line("output", r.Output)
	line("fields", details.ConditionFields...)
	if n := len(details.Events); n > 20 {
		line("events", quote.Count(n, "type"))
	} else {
		line("events", details.Events...)
	}
	line("plugins", details.Plugins...)
}
