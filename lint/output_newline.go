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
			p.ReportOutput(r, r.Template.Tree(), "the output has a line break, so each alert spans several lines in logs").
				Hint = "fold the text: write output: > instead of output: |"
		}
	}
}
