package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var regexEscape = &Analyzer{
	ID:       "regex-escape",
	Category: Dead,
	Level:    Warning,
	Summary:  "A quoted regular expression contains a backspace where a word boundary was meant.",
	Run:      runRegexEscape,
}

func runRegexEscape(p *Pass) {
	for l, v := range p.eachValue() {
		if l.Check.Op != ast.OpRegex || !strings.Contains(v.Text, "\b") {
			continue
		}
		d := p.ReportNode(l, v, `\b in a quoted value is a backspace, not a word boundary`)
		d.Hint = "Falco's regular expressions have no word boundaries: match the characters around the word, as in [^a-z]"
	}
}
