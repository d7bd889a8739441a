package eval

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// Warnings returns Falco's warnings about a condition of a source that compiles, in
// Falco's order. A part that occurs twice is reported twice.
func (b *Builder) Warnings(source string, condition ast.Expr) diag.List {
	p, err := b.program(source)
	if err != nil {
		return nil
	}
	return p.warnings(condition)
}

// Warnings returns Falco's warnings about a condition that compiles, in Falco's order. A
// part that occurs twice is reported twice.
func (c *Compiler) Warnings(condition ast.Expr) diag.List {
	return c.program.warnings(condition)
}

func (p *program) warnings(condition ast.Expr) diag.List {
	var out diag.List
	ast.Inspect(condition, func(n ast.Node) bool {
		x, ok := n.(*ast.Check)
		if !ok {
			return true
		}
		for _, c := range x.Values() {
			warn := func(hint, format string, args ...any) {
				out = append(out, &diag.Diagnostic{
					Severity: diag.Warning, Message: fmt.Sprintf(format, args...), Hint: hint, Range: c.Range().In(""), Extra: Nodes{x.Right, c},
				})
			}
			text := withoutBlanks(c.Text)
			if x.Op == ast.OpRegex && needsNoRegex(c.Text) {
				warn("=, contains, startswith and endswith are quicker", "the regular expression %q can do without regex", c.Text)
			}
			field, err := p.source.IsReference(text)
			if err != nil {
				continue // here Falco gives up the constant
			}
			if field {
				warn(p.warnedHint(x, text), "%q is compared as text, and is the name of a field", c.Text)
			}
			if isTransformer(text) {
				warn("without quotes it would be called", "%q is compared as text, and looks like a transformer", c.Text)
			}
		}
		return false
	})
	return out
}

// warnedHint is valueHint for a check that compiles.
func (p *program) warnedHint(x *ast.Check, text string) string {
	left, err := p.operand(x.Left)
	if err != nil {
		return ""
	}
	return p.valueHint(x, p.slots[p.compared(left)], text)
}

// withoutBlanks removes white space.
func withoutBlanks(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || '\t' <= r && r <= '\r' {
			return -1
		}
		return r
	}, s)
}

// isTransformer reports whether s looks like the call of a transformer.
func isTransformer(s string) bool {
	name, _, ok := strings.Cut(s, "(")
	_, known := ast.LookupTransformer(name)
	return ok && strings.HasSuffix(s, ")") && (known || name == ast.Val)
}

// needsNoRegex reports whether a regular expression is plain text, perhaps with
// an anchor at either end or any characters there.
func needsNoRegex(s string) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case i == 0 && s[i] == '^', i == len(s)-1 && s[i] == '$':
		case (i == 0 && len(s) > 1 || i == len(s)-2) && s[i] == '.' && strings.IndexByte("+*?", s[i+1]) >= 0:
			i++
		case strings.IndexByte(`.+*?^$()[]{}|\`, s[i]) >= 0:
			return false
		}
	}
	return true
}
