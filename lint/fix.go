package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/rulesfile"
)

// Replace returns the edits that replace a node of the literal's check, or a part of the
// check given as a [diag.Span], by another text. It returns an error if the replaced text is
// not in one piece in the file, such as a check that comes from an exception.
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
	list := l.OriginOf(v).List
	edits, err := l.ReplaceValue(v, text)
	fix(d, safe && (list == nil || p.isOnlyComparedWith(list, l.Operand)), edits, err)
}

// fixNotEqual adds edits to a finding that replace != by not and =. They are not safe: the
// condition becomes true of more events.
func fixNotEqual(d *diag.Diagnostic, l *Literal) {
	if l.Negated {
		return
	}
	d.Hint = "write not " + l.Operand + " = " + ast.String(l.Check.Right)
	edits, err := l.Replace(diag.Span{Start: l.Check.Start, End: l.Check.OpSpan.End}, "not "+ast.Format(l.Check.Left)+" =")
	fix(d, false, edits, err)
}

// fixField adds edits to a finding that compare another field with the values of a check.
// They are not safe. It adds none if the check has values that do not fit the other field.
func fixField(d *diag.Diagnostic, l *Literal, field string, fits func(text string) bool) {
	values := l.Check.Values()
	if len(values) == 0 || l.Origin().Exception != nil || slices.ContainsFunc(values, func(v *ast.Value) bool { return !fits(v.Text) }) {
		return
	}
	edits, err := l.Replace(l.Check.Left, field)
	fix(d, false, edits, err)
}

// fixOperator adds edits to a finding that replace the operator and the right side of the
// literal. They are not safe.
func fixOperator(d *diag.Diagnostic, l *Literal, text string) {
	edits, err := replaceOperator(l, text)
	fix(d, false, edits, err)
}

// replaceOperator returns the edits that replace the operator and the right side of the literal.
func replaceOperator(l *Literal, text string) ([]diag.Edit, error) {
	span := diag.Span{Start: l.Check.OpSpan.Start, End: l.Check.Right.Range().End}
	if span.Start == l.Check.Left.Range().End { // as in evt.type=open
		text = " " + text
	}
	return l.Replace(span, text)
}

// addValues adds edits to a finding that put values beside a value of a positive check: into
// the check, or into the list that has the value.
func (p *Pass) addValues(d *diag.Diagnostic, l *Literal, v *ast.Value, texts []string, safe bool) {
	o := l.OriginOf(v)
	switch _, isList := l.Check.Right.(*ast.List); {
	case o.Exception != nil:
	case o.List != nil:
		edits, err := insertItems(o, texts)
		fix(d, safe && p.isOnlyComparedWith(o.List, l.Operand), edits, err)
	case isList:
		edits, err := l.Replace(v, formatValues(v, texts))
		fix(d, safe, edits, err)
	case l.Check.Op == ast.OpEq || l.Check.Op == ast.OpEqEq:
		edits, err := replaceOperator(l, "in ("+formatValues(v, texts)+")")
		fix(d, safe, edits, err)
	}
}

// formatValues returns a value and others as they are written in a condition.
func formatValues(v *ast.Value, texts []string) string {
	all := []string{ast.Format(v)}
	for _, t := range texts {
		all = append(all, ast.Format(&ast.Value{Text: t}))
	}
	return strings.Join(all, ", ")
}

// insertItems returns the edits that insert items into a list after the item of an origin.
func insertItems(o loader.Origin, texts []string) ([]diag.Edit, error) {
	for _, item := range o.List.From {
		items, index := item.Get("items"), 0
		if !items.Exists() {
			continue
		}
		for entry := range items.Entries() {
			index++
			if entry.Range().Start != o.Range.Start || entry.Range().File != o.Range.File {
				continue
			}
			var edits []diag.Edit
			for _, text := range texts {
				more, err := items.InsertEntry(index, rulesfile.Quote(text))
				if err != nil {
					return nil, err
				}
				edits = append(edits, more...)
			}
			return edits, nil
		}
	}
	return nil, errors.New("the values do not come from a list")
}

// isOnlyComparedWith reports whether the items of a list are compared with operands of one
// subject only.
func (p *Pass) isOnlyComparedWith(list *loader.List, operand string) bool {
	for other := range p.compared()[list.Name] {
		if subject(other) != subject(operand) {
			return false
		}
	}
	return true
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
