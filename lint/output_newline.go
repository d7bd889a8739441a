package lint

import (
	"regexp"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

var outputNewline = &Analyzer{
	ID:          "output-newline",
	Category:    Output,
	Level:       Info,
	Summary:     "An output has a line break, which splits alerts in logs.",
	Fix:         UnsafeFix,
	SameMatches: true,
	Run:         runOutputNewline,
}

func runOutputNewline(p *Pass) {
	for _, r := range p.Set.Rules {
		if strings.Contains(strings.TrimRight(r.Output, "\n"), "\n") {
			d := p.ReportOutput(r, r.Template.Tree(), "the output has a line break, so each alert spans several lines in logs")
			d.Hint = "fold the text: write output: > instead of output: |"
			// YAML folds neither lines that are indented more than the first one nor those beside them.
			if strings.Contains(r.Output, "\n ") || strings.Contains(r.Output, "\n\t") {
				d.Hint = "indent all lines of the output alike: even with output: >, those that are indented more keep their line breaks"
			}
			joinLines(d, r)
		}
	}
}

// lineBreak matches line breaks with the blanks around them.
var lineBreak = regexp.MustCompile(`[ \t]*\n\s*`)

// joinLines adds edits to a finding that write the output of a rule in one line. They are not
// safe: the lines may be meant for a place that shows them.
func joinLines(d *diag.Diagnostic, r *loader.Rule) {
	text := strings.TrimRight(r.CompiledOutput, " \t\n")
	breaks := lineBreak.FindAllStringIndex(text, -1)
	if breaks == nil {
		return // only what Falco removes was in other lines
	}
	start, end := breaks[0][0], breaks[len(breaks)-1][1]
	joined := lineBreak.ReplaceAllString(text[start:end], " ")
	edits, err := r.ReplaceOutput(diag.Span{Start: diag.Pos{Offset: start}, End: diag.Pos{Offset: end}}, joined)
	fix(d, false, edits, err)
}
