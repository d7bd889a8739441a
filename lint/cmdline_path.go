package lint

import (
	"slices"
	"strings"
)

var cmdlinePath = &Analyzer{
	ID:       "cmdline-path",
	Category: Dead,
	Level:    Warning,
	Summary:  "A command line is compared with a path at its start, but it starts with the name of the process.",
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
		d := p.ReportNode(l, v, "%s starts with the name of the process, and %q is a path", l.Operand, v.Text)
		d.Hint = "write the base name here, or compare the path with " + strings.Replace(l.Operand, "cmdline", "exepath", 1)
	}
}
