package lint

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"github.com/falcorules/falcorules/ast"
)

var regexWhole = &Analyzer{
	ID:       "regex-is-whole",
	Category: Dead,
	Level:    Warning,
	Summary:  "A regular expression is written as if to search, but it must match the whole command line.",
	Fix:      SafeFix,
	Run:      runRegexWhole,
}

// lineFields are the fields that people search rather than match.
var lineFields = []string{"proc.cmdline", "proc.pcmdline", "proc.acmdline", "proc.args", "proc.exeline", "evt.args", "evt.buffer"}

func runRegexWhole(p *Pass) {
	for l, v := range p.eachValue() {
		if l.Check.Op != ast.OpRegex {
			continue
		}
		re, err := syntax.Parse(v.Text, syntax.ClassNL) // as Falco does
		switch {
		case err != nil:
			continue
		case startsRelative(l, re):
			d := p.ReportNode(l, v, "this regular expression must match the whole %s, which begins with a slash", l.Operand)
			d.Hint = "put .* at the start to search"
			p.fixValue(d, l, v, ".*"+strings.TrimPrefix(v.Text, "^"), false)
			continue
		case !slices.Contains(lineFields, l.fieldName()) || !hasBoundLiterals(re):
			p.anchors(l, v, re)
			continue
		case strings.HasSuffix(v.Text, "$"):
			continue // it says that the whole is meant
		}
		d := p.ReportNode(l, v, "this regular expression must match the whole %s, not just a part of it", l.Operand)
		d.Hint = "put .* at both ends to search"
		if !strings.HasPrefix(v.Text, "^") {
			p.fixValue(d, l, v, ".*"+v.Text+".*", false)
		}
	}
}

// anchors reports a ^ and a $ that change nothing.
func (p *Pass) anchors(l *Literal, v *ast.Value, re *syntax.Regexp) {
	text, anchor := v.Text, ""
	if re.Op == syntax.OpConcat && len(re.Sub) > 1 {
		if re.Sub[0].Op == syntax.OpBeginLine {
			text, anchor = strings.TrimPrefix(text, "^"), "^"
		}
		if re.Sub[len(re.Sub)-1].Op == syntax.OpEndLine {
			text, anchor = strings.TrimSuffix(text, "$"), strings.TrimPrefix(anchor+" and $", " and ")
		}
	}
	if text == v.Text || isSimple(text) {
		return
	}
	d := asInfo(p.ReportNode(l, v, "this matches the same without %s, because a regular expression must match the whole %s", anchor, l.Operand))
	p.fixValue(d, l, v, text, true)
}

// isSimple reports whether a regular expression has nothing special but a wildcard at its ends.
// The engine warns of it.
func isSimple(text string) bool {
	for _, any := range []string{".*", ".+", ".?"} {
		text = strings.TrimSuffix(strings.TrimPrefix(text, any), any)
	}
	return regexp.QuoteMeta(text) == text
}

// absoluteFields are fields that begin with a slash. A fd.name does if it is that of a file.
var absoluteFields = append([]string{"ka.uri"}, pathFields...)

// startsRelative reports whether a regular expression for paths begins with a part of a path that
// has no slash at its start.
func startsRelative(l *Literal, re *syntax.Regexp) bool {
	if !slices.Contains(absoluteFields, l.fieldName()) {
		return false
	}
	for re.Op == syntax.OpCapture || re.Op == syntax.OpConcat {
		i := 0
		if len(re.Sub) > 1 && re.Sub[0].Op == syntax.OpBeginLine {
			i = 1
		}
		re = re.Sub[i]
	}
	if re.Op != syntax.OpLiteral {
		return false
	}
	first := string(re.Rune)
	if l.fieldName() == "fd.name" && !strings.Contains(first, "/") { // such as a socket or an epoll
		return false
	}
	return unicode.IsLetter(re.Rune[0]) && !strings.HasPrefix(first, "memfd:")
}

// hasBoundLiterals reports whether a regular expression has something variable between
// characters at its start and its end.
func hasBoundLiterals(re *syntax.Regexp) bool {
	if re.Op != syntax.OpConcat || len(re.Sub) < 3 {
		return false
	}
	first, last := re.Sub[0], re.Sub[len(re.Sub)-1]
	if first.Op == syntax.OpBeginLine {
		first = re.Sub[1]
	}
	if last.Op == syntax.OpEndLine {
		last = re.Sub[len(re.Sub)-2]
	}
	isLiteral := func(x *syntax.Regexp) bool {
		for x.Op == syntax.OpCapture || x.Op == syntax.OpConcat && len(x.Sub) > 0 {
			x = x.Sub[len(x.Sub)-1]
		}
		return x.Op == syntax.OpLiteral
	}
	return isLiteral(first) && isLiteral(last)
}
