package lint

import (
	"fmt"
	"path"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var pathPart = &Analyzer{
	ID:       "path-part",
	Category: Dead,
	Level:    Warning,
	Summary:  "A path, or a part of one, is compared with a value that it can never have.",
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
		case comparesStart(op) && isRelative(v.Text) && isAbsolute(l):
			d := p.ReportNode(l, v, "%s is an absolute path here, but %q does not start with a slash", l.Operand, v.Text)
			if comparesWhole(op) {
				d.Hint = fmt.Sprintf("write %s endswith /%s", l.Operand, v.Text)
			}
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

// isRelative reports whether a text is a relative path without wildcards. Falco begins paths
// that it does not know with ./ or with a word in angle brackets.
func isRelative(text string) bool {
	return text != "" && !isPath(text) && !strings.HasPrefix(text, ".") && !strings.HasPrefix(text, "<") && !strings.ContainsAny(text, "*?")
}

// isAbsolute reports whether the left side of a literal is an absolute path. The name of a
// file descriptor is one if the event opens a file.
func isAbsolute(l *Literal) bool {
	switch l.Operand {
	case "fd.directory", "fs.path.name", "fs.path.source", "fs.path.target":
		return true
	case "fd.name":
		return l.Branch.ValueSet(typeField).subsetOf("creat", "open", "openat", "openat2")
	}
	return false
}
