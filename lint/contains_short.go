package lint

import (
	"slices"
	"strings"
	"unicode"

	"github.com/falcorules/falcorules/ast"
)

var containsShort = &Analyzer{
	ID:       "contains-short",
	Category: Bypass,
	Level:    Info,
	Summary:  "A check for a short word also matches longer words that contain it.",
	Run:      runContainsShort,
}

// shortWords are names of programs that are parts of many other words.
var shortWords = []string{"at", "cat", "dd", "id", "ip", "ls", "nc", "ncat", "ps", "rm", "sh", "ssh", "su", "tar", "vi", "who"}

func runContainsShort(p *Pass) {
	for l, v := range p.eachValue() {
		if l.Negated || l.Check.Op != ast.OpContains && l.Check.Op != ast.OpIContains || !slices.Contains(lineFields, l.fieldName()) {
			continue
		}
		isWord := strings.IndexFunc(v.Text, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
		if !isWord || v.Text == "" || len(v.Text) > 2 && !slices.Contains(shortWords, v.Text) {
			continue
		}
		d := p.ReportNode(l, v, "this also matches longer words that contain %q", v.Text)
		d.Hint = "compare proc.name with the program, or include the spaces around the word"
	}
}
