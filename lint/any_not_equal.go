package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

var anyNotEqual = &Analyzer{
	ID:       "any-not-equal",
	Category: Dead,
	Level:    Warning,
	Summary:  "A field with several values is compared with !=, which is true if any one of them differs.",
	Fix:      UnsafeFix,
	Run:      runAnyNotEqual,
}

func runAnyNotEqual(p *Pass) {
	for _, c := range p.Conditions() {
		for l := range c.Literals() {
			if l.Check.Op != ast.OpNe || !isOfAncestors(l) {
				continue
			}
			d := p.ReportLiteral(l, "%s has several values, and != is true if any one of them differs", l.Operand)
			fixNotEqual(d, l)
		}
	}
}

// isOfAncestors reports whether the left side has a value for each ancestor of a process.
// Other fields that Falco compares in the same way have one value at a time.
func isOfAncestors(l *Literal) bool {
	return l.Field != nil && l.Field.Match == fieldsets.MatchAny && strings.HasPrefix(l.fieldName(), "proc.a")
}
