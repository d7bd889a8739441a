package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var containsPath = &Analyzer{
	ID:       "contains-path",
	Category: Style,
	Level:    Off,
	Summary:  "A check uses contains for text that is probably the start of a path.",
	Fix:      UnsafeFix,
	Run:      runContainsPath,
}

// pathFields are fields with absolute paths.
var pathFields = []string{"fd.name", "fd.directory", "fs.path.name", "fs.path.source", "fs.path.target", "proc.exepath", "proc.pexepath", "proc.aexepath", "proc.cwd"}

// topFolders are the folders directly below /.
var topFolders = []string{"bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"}

func runContainsPath(p *Pass) {
	for l, v := range p.eachValue() {
		if l.Check.Op != ast.OpContains || l.Check.Modifier != ast.NoModifier || !slices.Contains(pathFields, l.fieldName()) || !isPath(v.Text) {
			continue
		}
		if folder, _, _ := strings.Cut(v.Text[1:], "/"); !slices.Contains(topFolders, folder) {
			continue
		}
		d := p.ReportLiteral(l, "contains searches the whole path for %q, which is probably its start", v.Text)
		d.Hint = "use startswith"
		edits, err := l.Replace(l.Check.OpSpan, string(ast.OpStartsWith))
		fix(d, false, edits, err)
	}
}
