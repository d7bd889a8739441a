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
	Options: []Option{{
		Name: "words", Doc: "Words that are part of many others. Words of one or two letters always are.",
		Default: []string{"cat", "ncat", "ssh", "tar", "who"},
	}},
	Run: runContainsShort,
}

func runContainsShort(p *Pass) {
	for l, v := range p.eachValue() {
		if l.Negated || l.Check.Op != ast.OpContains && l.Check.Op != ast.OpIContains || !slices.Contains(lineFields, l.fieldName()) {
			continue
		}
		isWord := strings.IndexFunc(v.Text, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
		if !isWord || v.Text == "" || len(v.Text) > 2 && !slices.Contains(p.textsIn(l.OriginOf(v).Range.File, "words"), v.Text) {
			continue
		}
		d := p.ReportNode(l, v, "this also matches longer words that contain %q", v.Text)
		d.Hint = "compare proc.name with the program, or include the spaces around the word"
	}
}
