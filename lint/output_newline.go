package lint

import "strings"

var outputNewline = &Analyzer{
	ID:       "output-newline",
	Category: Output,
	Level:    Info,
	Summary:  "An output has a line break, which splits alerts in logs.",
	Run:      runOutputNewline,
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
		}
	}
}
