package lint

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/falcorules/falcorules/rulesfile"
)

var descPeriod = &Analyzer{
	ID:          "desc-period",
	Category:    Style,
	Level:       Off,
	Summary:     "A description does not end with a full stop.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runDescPeriod,
}

func runDescPeriod(p *Pass) {
	for item := range p.Items() {
		desc := item.Get("desc")
		text := strings.TrimRight(desc.Text(), " \t\r\n")
		if item.Kind != rulesfile.Rule || !defines(item) || !desc.IsScalar() || strings.HasSuffix(text, ".") {
			continue
		}
		d := p.ReportItem(item, desc.Range(), "the description does not end with a full stop")
		if last, _ := utf8.DecodeLastRuneInString(text); unicode.IsLetter(last) || unicode.IsDigit(last) || last == ')' {
			edits, err := desc.Replace(len(text), len(text), ".")
			fix(d, true, edits, err)
		}
	}
}
