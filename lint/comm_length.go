package lint

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
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
			short := map[string]bool{} // the values that are not too long
			for _, v := range l.Check.Values() {
				if len(v.Text) <= maxComm {
					short[v.Text] = true
				}
			}
			for _, v := range l.Check.Values() {
				isList := takesList(l.Check) && v.Quote == ast.Bare && looksLikeList(v.Text)            // see runListName
				if len(v.Text) > maxComm && !isList && !(isPath(v.Text) && comparesStart(l.Check.Op)) { // see runCommPath
					d := p.ReportNode(l, v, "%q has %d bytes, but the kernel keeps only %d of a process name", v.Text, len(v.Text), maxComm)
					p.shortenComm(d, l, v, short)
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
			p.ReportNode(l, v, "this matches only names of at least %d bytes, but the kernel keeps only %d of a process name", shortest, maxComm)
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

// shortenComm adds a hint to a finding about a value that is too long, and a fix if cutting
// the value is one. others are the values of the check that are not too long.
func (p *Pass) shortenComm(d *diag.Diagnostic, l *Literal, v *ast.Value, others map[string]bool) {
	short := v.Text[:maxComm]
	switch {
	case strings.Contains(v.Text, " /") || strings.Contains(v.Text, " -"):
		d.Hint = "a process name has no arguments: compare the command line"
	case l.Check.Op == ast.OpEndsWith:
		d.Hint = "compare the path of the program, which is not truncated"
	case !utf8.ValidString(short):
	case comparesWhole(l.Check.Op) && others[short]:
		d.Hint = fmt.Sprintf("remove it: the first %d bytes, %s, are already compared", maxComm, short)
	case strings.Contains(v.Text, " "):
		d.Hint = fmt.Sprintf("compare the command line, or the first %d bytes: %s", maxComm, short)
	default:
		d.Hint = fmt.Sprintf("compare with the first %d bytes: %s", maxComm, short)
		p.fixValue(d, l, v, short, comparesStart(l.Check.Op))
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
