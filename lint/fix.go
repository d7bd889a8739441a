package lint

import (
	"fmt"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// Replace returns the edits that replace a node of the literal's check, or a part of the
// check given as a [diag.Span], by another text. It is an error if that is not written in
// one piece, as an exception is not.
func (l *Literal) Replace(n ast.Node, text string) ([]diag.Edit, error) {
	return l.node.Replace(n, text)
}

// ReplaceValue returns the edits that give a value of the literal's check another text. The
// value keeps its quotes, or gets some if it needs them.
func (l *Literal) ReplaceValue(v *ast.Value, text string) ([]diag.Edit, error) {
	return l.node.ReplaceValue(v, text)
}

// fix adds edits to a finding, unless they cannot be written.
func fix(d *diag.Diagnostic, safe bool, edits []diag.Edit, err error) {
	if err == nil && len(edits) > 0 {
		d.Edits, d.Safe = edits, safe
	}
}

// suggestValue adds a suggestion to give a value another text.
func (p *Pass) suggestValue(d *diag.Diagnostic, l *Literal, v *ast.Value, text string, safe bool) {
	d.Hint = fmt.Sprintf("did you mean %s?", text)
	p.fixValue(d, l, v, text, safe)
}

// fixValue adds the edits to a finding that give a value another text. They are not safe if
// the value is in a list that is compared with something else, too.
func (p *Pass) fixValue(d *diag.Diagnostic, l *Literal, v *ast.Value, text string, safe bool) {
	if list := l.OriginOf(v).List; safe && list != nil {
		for other := range p.compared()[list.Name] {
			safe = safe && subject(other) == subject(l.Operand)
		}
	}
	edits, err := l.ReplaceValue(v, text)
	fix(d, safe, edits, err)
}

// subject returns what a left side is about: operands with the same subject have the same
// kind of values.
func subject(operand string) string {
	if isCommOperand(operand) {
		return "proc.name"
	}
	return operand
}

// comparedLists returns the left sides that the items of each list are compared with, by the
// name of the list.
func comparedLists(written func() []*Written) func() map[string]map[string]bool {
	return sync.OnceValue(func() map[string]map[string]bool {
		out := map[string]map[string]bool{}
		for _, w := range written() {
			ast.Inspect(w.Expr, func(n ast.Node) bool {
				check, ok := n.(*ast.Check)
				if !ok || len(w.trace.Lists(check)) == 0 {
					return !ok
				}
				operand := ast.String(check.Left)
				for _, v := range check.Values() {
					list := w.Origin(v).List
					if list == nil {
						continue
					}
					if out[list.Name] == nil {
						out[list.Name] = map[string]bool{}
					}
					out[list.Name][operand] = true
				}
				return false
			})
		}
		return out
	})
}
