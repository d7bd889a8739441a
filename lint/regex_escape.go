package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var regexEscape = &Analyzer{
	ID:       "regex-escape",
	Category: Dead,
	Level:    Warning,
	Summary:  "A regular expression in quotes has a backspace where the boundary of a word was meant.",
	Run:      runRegexEscape,
}

func runRegexEscape(p *Pass) {
	for l, v := range p.eachValue() {
		if l.Check.Op != ast.OpRegex || !strings.Contains(v.Text, "\b") {
			continue
		}
		d := p.ReportNode(l, v, `\b in a quoted value is a backspace, not the boundary of a word`)
		d.Hint = "regular expressions in conditions have no boundaries of words: describe what can be around the word, such as [^a-z]"
	}
}
