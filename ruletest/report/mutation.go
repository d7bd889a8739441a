package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/falcorules/falcorules/internal/color"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// MutationText writes the mutation score and the surviving mutants as text.
func MutationText(w io.Writer, m *coverage.Mutation, options TextOptions) error {
	t := &textWriter{Writer: bufio.NewWriter(w), TextOptions: options}
	if score := m.Score(); score.Total == 0 {
		t.WriteString("mutation: no mutant was tried\n")
	} else {
		fmt.Fprintf(t, "%s, %d of %s killed\n", t.in(colorOf(score), "mutation "+percent(score)), score.Covered, quote.Count(score.Total, "mutant"))
	}
	for _, c := range m.Mutants {
		if c.Status == coverage.Survived {
			fmt.Fprintf(t, "    %s: %s%s\n", quote.Line(c.Position.String()), quote.Line(short(c.Text)), ownerOf(c.Rule, c.Macro, c.Exception))
		}
	}
	if n := m.Count(coverage.NotTried); n > 0 {
		fmt.Fprintf(t, "%s %s not tried: no time was left, or a list is too large\n", t.in(color.Yellow, "NOTE"), quote.Count(n, "mutant"))
	}
	return t.Flush()
}

// maxText limits how many characters of a mutant are shown.
const maxText = 120

func short(text string) string {
	n := 0
	for i := range text {
		if n == maxText {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
