package lint

import (
	"path"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var pathPart = &Analyzer{
	ID:       "path-part",
	Category: Dead,
	Level:    Warning,
	Summary:  "A directory or a base name is compared with a value that it can never have.",
	Fix:      SafeFix,
	Run:      runPathPart,
}

func runPathPart(p *Pass) {
	for l, v := range p.eachValue() {
		switch op := l.Check.Op; {
		case l.Operand == "fd.filename" && strings.Contains(v.Text, "/") && comparesText(op):
			d := p.ReportNode(l, v, "fd.filename is a base name, but %q has a slash", v.Text)
			d.Hint = "compare the path with fd.name, or the base name with fd.filename"
			fixField(d, l, "fd.name", func(text string) bool {
				return strings.Contains(text, "/") && (isPath(text) || !comparesStart(op))
			})
		case l.Operand != "fd.directory" || len(v.Text) < 2 || !strings.HasSuffix(v.Text, "/"):
		case comparesWhole(op):
			d := p.ReportNode(l, v, "fd.directory never ends in a slash, but %q does", v.Text)
			p.suggestValue(d, l, v, path.Clean(v.Text), true)
		case op == ast.OpStartsWith:
			d := p.ReportNode(l, v, "this misses files directly in %s, whose fd.directory is %q", path.Clean(v.Text), path.Clean(v.Text))
			d.Hint = "write fd.name startswith " + v.Text
			fixField(d, l, "fd.name", func(text string) bool { return isPath(text) && strings.HasSuffix(text, "/") })
		}
	}
}
