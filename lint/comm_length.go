package lint

import (
	"fmt"
	"regexp/syntax"
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
			if !isComm(l) {
				continue
			}
			if !comparesText(l.Check.Op) {
				p.longPatterns(l)
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

// longPatterns reports patterns that match only names that are too long.
func (p *Pass) longPatterns(l *Literal) {
	for _, v := range l.Check.Values() {
		shortest := 0
		switch l.Check.Op {
		case ast.OpGlob, ast.OpIGlob:
			shortest = len(v.Text) - strings.Count(v.Text, "*")
			if strings.ContainsAny(v.Text, `[\\`) {
				continue
			}
		case ast.OpRegex:
			if re, err := syntax.Parse(v.Text, syntax.ClassNL); err == nil {
				shortest = shortestMatch(re)
			}
		}
		if shortest > maxComm {
			p.ReportNode(l, v, "what this matches has at least %d bytes, but the kernel keeps only %d of a process name", shortest, maxComm)
		}
	}
}

// shortestMatch returns the number of characters of the shortest text that a regular expression
// matches.
func shortestMatch(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return shortestMatch(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * shortestMatch(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, sub := range re.Sub {
			n += shortestMatch(sub)
		}
		return n
	case syntax.OpAlternate:
		shortest := shortestMatch(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			shortest = min(shortest, shortestMatch(sub))
		}
		return shortest
	}
	return 0
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
