package lint

import (
	"slices"
	"strings"
)

var cmdlinePath = &Analyzer{
	ID:       "cmdline-path",
	Category: Dead,
	Level:    Warning,
	Summary:  "The start of a command line is compared with a path, but a command line starts with the process name.",
	Fix:      UnsafeFix,
	Run:      runCmdlinePath,
}

var cmdlineFields = []string{"proc.cmdline", "proc.pcmdline", "proc.acmdline"}

func runCmdlinePath(p *Pass) {
	for l, v := range p.eachValue() {
		if !slices.Contains(cmdlineFields, l.fieldName()) || !comparesStart(l.Check.Op) || !isPath(v.Text) {
			continue
		}
		if program, _, _ := strings.Cut(v.Text, " "); len(program) == maxComm {
			continue // see runCommPath
		}
		d := p.ReportNode(l, v, "%s starts with the process name, but %q is a path", l.Operand, v.Text)
		exepath := strings.Replace(l.Operand, "cmdline", "exepath", 1)
		d.Hint = "use the base name, or compare the path with " + exepath
		fixField(d, l, exepath, func(text string) bool { return isPath(text) && !strings.Contains(text, " ") })
	}
}
