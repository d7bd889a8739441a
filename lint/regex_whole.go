package lint

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var regexWhole = &Analyzer{
	ID:       "regex-is-whole",
	Category: Dead,
	Level:    Warning,
	Summary:  "A regular expression is written as if to search, but it must match the whole command line.",
	Fix:      UnsafeFix,
	Run:      runRegexWhole,
}

// lineFields are the fields that people search rather than match.
var lineFields = []string{"proc.cmdline", "proc.pcmdline", "proc.acmdline", "proc.args", "proc.exeline", "evt.args", "evt.buffer"}

func runRegexWhole(p *Pass) {
	for l, v := range p.eachValue() {
		if l.Check.Op != ast.OpRegex || !slices.Contains(lineFields, l.fieldName()) || strings.HasSuffix(v.Text, "$") {
			continue
		}
		re, err := syntax.Parse(v.Text, syntax.Perl)
		if err != nil || !hasBoundLiterals(re) {
			continue
		}
		d := p.ReportNode(l, v, "this regular expression must match the whole %s, not just a part of it", l.Operand)
		d.Hint = "put .* at both ends to search"
		if !strings.HasPrefix(v.Text, "^") {
			p.fixValue(d, l, v, ".*"+v.Text+".*", false)
		}
	}
}

// hasBoundLiterals reports whether a regular expression has something variable between
// characters at its start and its end.
func hasBoundLiterals(re *syntax.Regexp) bool {
	if re.Op != syntax.OpConcat || len(re.Sub) < 3 {
		return false
	}
	first, last := re.Sub[0], re.Sub[len(re.Sub)-1]
	if first.Op == syntax.OpBeginText || first.Op == syntax.OpBeginLine {
		first = re.Sub[1]
	}
	isLiteral := func(x *syntax.Regexp) bool {
		for x.Op == syntax.OpCapture || x.Op == syntax.OpConcat && len(x.Sub) > 0 {
			x = x.Sub[len(x.Sub)-1]
		}
		return x.Op == syntax.OpLiteral
	}
	return isLiteral(first) && isLiteral(last)
}
