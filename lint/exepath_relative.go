package lint

import (
	"slices"
	"strings"
)

var exepathRelative = &Analyzer{
	ID:       "exepath-relative",
	Category: Dead,
	Level:    Warning,
	Summary:  "A program path is compared with a value that does not start with a slash.",
	Run:      runExepathRelative,
}

var exepathFields = []string{"proc.exepath", "proc.pexepath", "proc.aexepath"}

func runExepathRelative(p *Pass) {
	for l, v := range p.eachValue() {
		if !slices.Contains(exepathFields, l.fieldName()) || !comparesStart(l.Check.Op) || isPath(v.Text) ||
			v.Text == "" || v.Text == noValue || strings.HasPrefix(v.Text, "memfd:") {
			continue
		}
		d := p.ReportNode(l, v, "%s is an absolute path, but %q does not start with a slash", l.Operand, v.Text)
		if comparesWhole(l.Check.Op) {
			d.Hint = "compare the base name with " + strings.Replace(l.Operand, "exepath", "name", 1)
		}
	}
}
