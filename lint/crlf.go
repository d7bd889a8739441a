package lint

import "strings"

var crlf = &Analyzer{
	ID:       "crlf",
	Category: Style,
	Level:    Info,
	Summary:  "Lines of the file end in carriage return and line feed.",
	Run:      runCRLF,
}

func runCRLF(p *Pass) {
	for _, f := range p.Files() {
		const lineEnd = "\r\n"
		if i := strings.Index(f.Text(), lineEnd); i >= 0 {
			p.Report(f.Range(i, len(lineEnd)), "the lines end in carriage return and line feed, which can leave odd blanks in folded texts").Hint = "save the file with line feeds only"
		}
	}
}
