package lint

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var pathPart = &Analyzer{
	ID:       "path-part",
	Category: Dead,
	Level:    Warning,
	Summary:  "A path, or a part of one, is compared with a value that it can never have.",
	Fix:      SafeFix,
	Run:      runPathPart,
}

// pathMistake is what is wrong with a value.
type pathMistake int

const (
	noPathMistake     pathMistake = iota
	slashInBaseName               // fd.filename = /etc/passwd
	relativePath                  // fd.name = passwd
	slashAtEnd                    // fd.directory = /etc/
	slashAtStartsWith             // fd.directory startswith /etc/
)

func runPathPart(p *Pass) {
	for _, c := range p.Conditions() {
		for l := range c.Literals() {
			values := l.Check.Values()
			if len(values) > 1 && !slices.ContainsFunc(values, func(v *ast.Value) bool { return l.pathMistake(v.Text) != slashInBaseName }) {
				// It is the field that is wrong.
				d := p.ReportNode(l, l.Check.Left, "fd.filename is a base name, but all values have a slash")
				p.slashInBaseName(d, l)
				continue
			}
			for _, v := range values {
				p.pathPart(l, v)
			}
		}
	}
}

// pathPart reports a value that a path never has.
func (p *Pass) pathPart(l *Literal, v *ast.Value) {
	switch l.pathMistake(v.Text) {
	case slashInBaseName:
		p.slashInBaseName(p.ReportNode(l, v, "fd.filename is a base name, but %q has a slash", v.Text), l)
	case relativePath:
		d := p.ReportNode(l, v, "%s is an absolute path here, but %q does not start with a slash", l.Operand, v.Text)
		if comparesWhole(l.Check.Op) {
			d.Hint = fmt.Sprintf("write %s endswith /%s", l.Operand, v.Text)
		}
	case slashAtEnd:
		d := p.ReportNode(l, v, "fd.directory never ends in a slash, but %q does", v.Text)
		p.suggestValue(d, l, v, path.Clean(v.Text), true)
	case slashAtStartsWith:
		d := p.ReportNode(l, v, "this misses files directly in %s, whose fd.directory is %q", path.Clean(v.Text), path.Clean(v.Text))
		d.Hint = "write fd.name startswith " + v.Text
		fixField(d, l, "fd.name", func(text string) bool { return isPath(text) && strings.HasSuffix(text, "/") })
	}
}

// slashInBaseName completes a finding about a base name that is compared with a path.
func (p *Pass) slashInBaseName(d *diag.Diagnostic, l *Literal) {
	d.Hint = "compare the path with fd.name, or the base name with fd.filename"
	fixField(d, l, "fd.name", func(text string) bool {
		return strings.Contains(text, "/") && (isPath(text) || !comparesStart(l.Check.Op))
	})
}

// pathMistake returns what is wrong with a value of a literal.
func (l *Literal) pathMistake(text string) pathMistake {
	switch op := l.Check.Op; {
	case l.Operand == "fd.filename" && strings.Contains(text, "/") && comparesText(op):
		return slashInBaseName
	case comparesStart(op) && isRelative(text) && isAbsolute(l):
		return relativePath
	case l.Operand != "fd.directory" || len(text) < 2 || !strings.HasSuffix(text, "/"):
		return noPathMistake
	case comparesWhole(op):
		return slashAtEnd
	case op == ast.OpStartsWith:
		return slashAtStartsWith
	}
	return noPathMistake
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
