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
	Fix:      UnsafeFix,
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
		if strings.Contains(v.Text, "/") {
			p.suggestValue(d, l, v, "/"+v.Text, false)
			continue
		}
		if comparesWhole(l.Check.Op) {
			name := strings.Replace(l.Operand, "exepath", "name", 1)
			d.Hint = "compare the base name with " + name
			fixField(d, l, name, func(text string) bool { return !strings.Contains(text, "/") && len(text) <= maxComm })
		}
	}
}
