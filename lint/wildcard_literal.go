package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var wildcardLiteral = &Analyzer{
	ID:       "wildcard-literal",
	Category: Dead,
	Level:    Warning,
	Summary:  "A value has a wildcard, but its operator takes it literally.",
	Fix:      UnsafeFix,
	Run:      runWildcardLiteral,
}

func runWildcardLiteral(p *Pass) {
	for l, v := range p.eachValue() {
		if !comparesText(l.Check.Op) || !hasWildcard(v.Text) || isComm(l) && len(v.Text) == maxComm || !isSpecific(l) {
			continue
		}
		wildcard := "*"
		if !strings.Contains(v.Text, "*") {
			wildcard = "?"
		}
		d := p.ReportNode(l, v, "%s takes %q literally: %s is not a wildcard here", l.Check.Op, v.Text, wildcard)
		if isHostName(l) {
			d.Hint = "list the whole names: " + l.Operand + " cannot be compared with a pattern"
			continue
		}
		if text := withoutWildcard(l.Check.Op, v.Text); !comparesWhole(l.Check.Op) && text != "" && !strings.ContainsAny(text, "*?") {
			d.Hint = "remove the " + wildcard + ", or match the whole value with glob"
			p.fixValue(d, l, v, text, false)
			continue
		}
		instead := &ast.Check{Left: l.Check.Left, Op: ast.OpGlob, Right: &ast.Value{Text: pattern(l.Check.Op, v.Text)}}
		if l.Check.Op == ast.OpIContains {
			instead.Op = ast.OpIGlob
		}
		if comparesWhole(l.Check.Op) && strings.Count(v.Text, "*") == 1 && strings.HasSuffix(v.Text, "*") {
			instead.Op, instead.Right = ast.OpStartsWith, &ast.Value{Text: strings.TrimSuffix(v.Text, "*")}
		}
		d.Hint = "write " + ast.Format(instead)
		if len(l.Check.Values()) == 1 && l.Check.Op != ast.OpNe && l.OriginOf(v).List == nil {
			fixOperator(d, l, string(instead.Op)+" "+ast.Format(instead.Right))
		}
	}
}

// withoutWildcard returns a value without the * where the operator already allows any text.
func withoutWildcard(op ast.Operator, text string) string {
	switch op {
	case ast.OpStartsWith:
		return strings.TrimRight(text, "*")
	case ast.OpEndsWith:
		return strings.TrimLeft(text, "*")
	}
	return strings.Trim(text, "*")
}

// pattern returns the pattern of the texts that an operator is meant to match.
func pattern(op ast.Operator, text string) string {
	if op == ast.OpContains || op == ast.OpIContains || op == ast.OpEndsWith {
		text = "*" + strings.TrimLeft(text, "*")
	}
	if op == ast.OpContains || op == ast.OpIContains || op == ast.OpStartsWith {
		text = strings.TrimRight(text, "*") + "*"
	}
	return text
}

// hasWildcard reports whether a value looks like a pattern of names or paths. A star by
// itself is a value of its own, as in the rules of Kubernetes roles.
func hasWildcard(text string) bool {
	if strings.Trim(text, "*") == "" || strings.ContainsAny(text, " \\\"'`$(){}|;&<>") {
		return false
	}
	return strings.HasSuffix(text, "*") || strings.HasPrefix(text, "*") || strings.Contains(text, "/*") || strings.Contains(text, "*/") || strings.Contains(text, "/?/")
}

// isSpecific reports whether the left side has paths, names or the like. Command lines and
// arguments can have any characters, and roles have stars with a meaning.
func isSpecific(l *Literal) bool {
	name := l.fieldName()
	for _, free := range []string{"evt.arg", "evt.buffer", "evt.info", "proc.cmdline", "proc.pcmdline", "proc.acmdline", "proc.args", "proc.exeline", "proc.env", "proc.aenv", "proc.cmdnargs", "ka.req.role.rules", "ka.uri", "jevt.obj", "json.obj"} {
		if strings.HasPrefix(name, free) {
			return false
		}
	}
	return name != ""
}

// isHostName reports whether the left side is the name of an address. Falco stops with an
// error if it compares one with anything but =, != and in.
func isHostName(l *Literal) bool {
	switch l.Operand {
	case "fd.cip.name", "fd.sip.name", "fd.lip.name", "fd.rip.name":
		return true
	}
	return false
}
