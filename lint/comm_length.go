package lint

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
)

var commLength = &Analyzer{
	ID:       "comm-length",
	Category: Dead,
	Level:    Warning,
	Summary:  "A process name is compared with more than the 15 bytes that the kernel keeps.",
	Fix:      SafeFix,
	Run:      runCommLength,
}

// maxComm is the length in bytes to which the kernel cuts the name of a process.
const maxComm = 15

func runCommLength(p *Pass) {
	for _, c := range p.Conditions() {
		for l := range c.Literals() {
			if !isComm(l) || !comparesText(l.Check.Op) {
				continue
			}
			for _, v := range l.Check.Values() {
				if len(v.Text) <= maxComm {
					continue
				}
				d := p.ReportNode(l, v, "%q has %d bytes, but the kernel keeps only %d of a process name", v.Text, len(v.Text), maxComm)
				if l.Check.Op != ast.OpEndsWith && utf8.ValidString(v.Text[:maxComm]) {
					d.Hint = fmt.Sprintf("compare with the first %d bytes: %s", maxComm, v.Text[:maxComm])
					isPart := l.Check.Op == ast.OpContains || l.Check.Op == ast.OpIContains
					p.fixValue(d, l, v, v.Text[:maxComm], !isPart)
				}
			}
		}
	}
}

// isComm reports whether the left side of a literal is the name of a process as the kernel
// keeps it.
func isComm(l *Literal) bool { return isCommOperand(l.Operand) }

func isCommOperand(operand string) bool {
	name, _, _ := strings.Cut(operand, "[")
	switch name {
	case "proc.name", "proc.pname", "proc.aname", "proc.sname", "proc.sid.name", "proc.vpgid.name", "proc.pgid.name":
		return true
	}
	return false
}

// comparesText reports whether an operator compares the bytes of a value as they are.
func comparesText(op ast.Operator) bool {
	switch op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn, ast.OpIntersects, ast.OpContains, ast.OpIContains, ast.OpStartsWith, ast.OpEndsWith:
		return true
	}
	return false
}
