package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

var rawPath = &Analyzer{
	ID:       "raw-path",
	Category: Bypass,
	Level:    Warning,
	Summary:  "A path is compared as the process passed it, so relative paths are missed.",
	Fix:      UnsafeFix,
	Run:      runRawPath,
}

// rawPaths are the fields with a path as the process passed it, and the fields with the
// absolute path. Falco also makes the arguments of system calls absolute, except the
// target of a symbolic link.
var rawPaths = map[string]string{
	"fd.nameraw":        "fd.name",
	"fs.path.nameraw":   "fs.path.name",
	"fs.path.sourceraw": "fs.path.source",
	"fs.path.targetraw": "fs.path.target",
}

// linkTarget is the argument with the target of a symbolic link, which is relative to the
// folder of the link.
const linkTarget = "evt.arg.target"

func runRawPath(p *Pass) {
	links := map[any]bool{} // the rules and macros with a finding about the target of a link
	for l, v := range p.eachValue() {
		if !l.RequiresValue() || !isPath(v.Text) || !comparesPath(l.Check.Op) {
			continue
		}
		if absolute := absolutePath(l.Operand); absolute != "" {
			// One finding a check: the values are alike.
			d := p.ReportNode(l, l.Check.Left, "%s is the path as the process passed it, which can be relative", l.Operand)
			d.Hint = "use " + absolute + ", which is absolute"
			fixField(d, l, absolute, isPath)
			continue
		}
		if l.Operand != linkTarget || !makesLinks(l.Branch) {
			continue
		}
		var text any = l.Branch.Condition
		if macro := innerMacro(l); macro != nil {
			text = macro
		}
		if links[text] {
			continue // the same change is needed
		}
		links[text] = true
		relative := &ast.Check{Left: l.Check.Left, Op: ast.OpContains, Right: &ast.Value{Text: v.Text}}
		if comparesWhole(l.Check.Op) {
			relative.Op = ast.OpEndsWith
		}
		p.ReportNode(l, l.Check.Left, "%s can be relative to the folder of the link, so this misses targets such as ..%s", l.Operand, v.Text).
			Hint = "also check for relative targets, as in " + ast.Format(relative)
	}
}

// makesLinks reports whether a branch can be true of system calls for symbolic links.
func makesLinks(b *Branch) bool {
	types := b.ValueSet(typeField)
	return types.Has("symlink") || types.Has("symlinkat")
}

// absolutePath returns the field that has the absolute path for a field with the path as
// passed, or nothing for another field.
func absolutePath(operand string) string {
	if absolute := rawPaths[operand]; absolute != "" {
		return absolute
	}
	name, ok := strings.CutPrefix(operand, "evt.rawarg.")
	if !ok {
		return ""
	}
	if param, known := syscall.EventParam(name); known && (param.Type == fieldsets.FSPath || param.Type == fieldsets.FSRelPath) {
		return "evt.arg." + name
	}
	return ""
}

// comparesPath reports whether an operator compares a path from its start.
func comparesPath(op ast.Operator) bool {
	return comparesStart(op) || slices.Contains([]ast.Operator{ast.OpGlob, ast.OpIGlob, ast.OpPMatch}, op)
}
