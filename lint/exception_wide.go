package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var exceptionWide = &Analyzer{
	ID:       "exception-wide",
	Category: Exceptions,
	Level:    Error,
	Summary:  "An exception applies to almost all events.",
	Run:      runExceptionWide,
}

func runExceptionWide(p *Pass) {
	for _, c := range p.Rules() {
		for l := range c.Literals() {
			if l.Branch != c.Root {
				continue // beside other checks of the exception, a wide one is fine
			}
			for _, v := range l.Check.Values() {
				if isWide(l.Check.Op, v.Text) && l.Origin().Exception != nil {
					p.ReportNode(l, v, "this exception applies to almost all values of %s", l.Operand).
						Hint = "use more specific values, or disable the rule"
				}
			}
		}
	}
}

// isWide reports whether an operator and a value match almost everything.
func isWide(op ast.Operator, text string) bool {
	switch op {
	case ast.OpContains, ast.OpIContains, ast.OpStartsWith, ast.OpEndsWith:
		return len(text) < 2
	case ast.OpPMatch:
		return strings.Trim(text, "/*") == ""
	case ast.OpGlob, ast.OpIGlob:
		return text == "*" || text == "/*" || text == "**"
	case ast.OpRegex:
		return text == ".*" || text == ".+" || text == "^.*$" || text == "/.*"
	}
	return false
}
