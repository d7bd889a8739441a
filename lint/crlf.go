package lint

import "strings"

var crlf = &Analyzer{
	ID:       "crlf",
	Category: Style,
	Level:    Info,
	Summary:  "The file has Windows line endings (CRLF).",
	Run:      runCRLF,
}

func runCRLF(p *Pass) {
	for _, f := range p.Files() {
		const lineEnd = "\r\n"
		if i := strings.Index(f.Text(), lineEnd); i >= 0 {
			p.Report(f.Range(i, len(lineEnd)), "the file has Windows line endings (CRLF), which can leave stray spaces in folded text").Hint = "save the file with Unix line endings (LF)"
		}
	}
}
