package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// MutationText writes for people which mutants of rules survive all tests.
func MutationText(w io.Writer, m *coverage.Mutation, options TextOptions) error {
	t := &textWriter{Writer: bufio.NewWriter(w), TextOptions: options}
	if score := m.Score(); score.Of == 0 {
		t.WriteString("mutation: no mutant was tried\n")
	} else {
		fmt.Fprintf(t, "%s, %d of %s killed\n", t.in(shade(score), "mutation "+percent(score)), score.Seen, quote.Count(score.Of, "mutant"))
	}
	for _, c := range m.Mutants {
		if c.Status == coverage.Survived {
			fmt.Fprintf(t, "    %s: %s%s\n", quote.Line(c.Position.String()), quote.Line(short(c.Text)), changedIn(c))
		}
	}
	if n := m.Count(coverage.NotTried); n > 0 {
		fmt.Fprintf(t, "%s %s not tried: there was no time left, or a list is too large\n", t.in(yellow, "NOTE"), quote.Count(n, "mutant"))
	}
	return t.Flush()
}

// changedIn says what a mutant changes a part of.
func changedIn(c *coverage.Mutant) string {
	switch {
	case c.Rule == "" && c.Macro == "":
		return ""
	case c.Macro != "":
		return " in macro " + quote.Name(c.Macro)
	case c.Exception != "":
		return " in exception " + quote.Name(c.Exception) + " of rule " + quote.Text(c.Rule)
	}
	return " in rule " + quote.Text(c.Rule)
}

// longest is the number of characters of a mutant that are shown.
const longest = 120

func short(text string) string {
	n := 0
	for i := range text {
		if n == longest {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
