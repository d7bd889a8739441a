package eval

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// Warnings returns Falco's warnings about a condition that compiles for a source, in
// Falco's order. Parts that occur twice are reported twice.
func (b *Builder) Warnings(source string, condition ast.Expr) diag.List {
	p, err := b.program(source)
	if err != nil {
		return nil
	}
	return p.warnings(condition)
}

// Warnings returns Falco's warnings about a condition that compiles, in Falco's order.
// Parts that occur twice are reported twice.
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
				warn("use =, contains, startswith or endswith, which are faster", "the regular expression %q needs no regex", c.Text)
			}
			field, err := p.source.IsReference(text)
			if err != nil {
				continue // Falco skips the value
			}
			if field {
				warn(p.warnedHint(x, text), "%q is compared as text, but it is the name of a field", c.Text)
			}
			if isTransformer(text) {
				warn("remove the quotes to call the transformer", "%q is compared as text, but it looks like a transformer", c.Text)
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

// isTransformer reports whether s looks like a call of a transformer.
func isTransformer(s string) bool {
	name, _, ok := strings.Cut(s, "(")
	_, known := ast.LookupTransformer(name)
	return ok && strings.HasSuffix(s, ")") && (known || name == ast.Val)
}

// needsNoRegex reports whether a regular expression is plain text, except for an anchor
// or a repeated dot at either end.
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
