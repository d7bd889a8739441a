package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var rawPath = &Analyzer{
	ID:       "raw-path",
	Category: Bypass,
	Level:    Warning,
	Summary:  "A path is compared as the process passed it, so relative paths are missed.",
	Fix:      UnsafeFix,
	Run:      runRawPath,
}

// rawPaths are arguments of system calls that are paths, and the fields that have them
// made absolute.
var rawPaths = map[string]string{
	"path": "fs.path.name", "name": "fs.path.name", "filename": "fs.path.name", "pathname": "fs.path.name",
	"oldpath": "fs.path.source", "newpath": "fs.path.target", "target": "fs.path.target", "linkpath": "fs.path.source",
}

func runRawPath(p *Pass) {
	for l, v := range p.eachValue() {
		if !l.RequiresValue() || !isPath(v.Text) || !comparesStart(l.Check.Op) && !slices.Contains([]ast.Operator{ast.OpGlob, ast.OpIGlob, ast.OpPMatch}, l.Check.Op) {
			continue
		}
		resolved := rawPaths[strings.TrimPrefix(l.Operand, "evt.arg.")]
		if l.Operand == "fd.nameraw" {
			resolved = "fd.name"
		}
		if resolved == "" {
			continue
		}
		// One finding a check: the values are alike.
		d := p.ReportNode(l, l.Check.Left, "%s is the path as the process passed it, which can be relative", l.Operand)
		d.Hint = "use " + resolved + ", which is absolute"
		fixField(d, l, resolved, isPath)
	}
}
