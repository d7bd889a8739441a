package lint

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

var eventTypeFirst = &Analyzer{
	ID:          "event-type-first",
	Category:    Performance,
	Level:       Info,
	Summary:     "A condition checks other fields before the event type.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runEventTypeFirst,
}

func runEventTypeFirst(p *Pass) {
	for _, c := range p.Rules() {
		if !isSyscall(c) || startsWithType(c.Rule.Trace().Root()) {
			continue
		}
		for l := range c.Literals() {
			if l.Operand == typeField && l.RequiresValue() && l.Check.Op != ast.OpNe {
				d := p.ReportUse(l, "the condition of rule %q checks other fields before the event type", c.Rule.Name)
				d.Hint = "put evt.type, or the macro that checks it, first"
				edits, err := typeFirst(c.Rule.Trace().Root())
				fix(d, true, edits, err)
				break
			}
		}
	}
}

// typeFirst returns the edits that put the check of the event type first in a condition, or
// in the first of its branches in which it is not.
func typeFirst(n loader.Node) ([]diag.Edit, error) {
	switch n.Expr.(type) {
	case *ast.Or:
		for child := range n.Children() {
			if namesType(child.Expr) && !startsWithType(child) {
				return typeFirst(child)
			}
		}
	case *ast.And:
		index := -1
		for child := range n.Children() {
			if index++; namesType(child.Expr) && startsWithType(child) && n.Macro() == nil {
				return place{in: n, index: index}.moveFirst()
			}
		}
		return typeFirst(n.Child(0))
	}
	return nil, errNoPlace
}

// cheapFields are the fields that may stand before the event type.
var cheapFields = []string{typeField, "syscall.type", "evt.num", "container.id", "evt.dir", "evt.category"}

// startsWithType reports whether the first check of a condition, or of each of its branches
// that names event types, is one of the event type.
func startsWithType(n loader.Node) bool {
	switch x := n.Expr.(type) {
	case *ast.And:
		return startsWithType(n.Child(0))
	case *ast.Or:
		for child := range n.Children() {
			if namesType(child.Expr) && !startsWithType(child) {
				return false
			}
		}
		return true
	case *ast.Not:
		return startsWithType(n.Child(0))
	case *ast.Check:
		return slices.Contains(cheapFields, ast.String(x.Left))
	}
	return false
}

// namesType reports whether there is a check of the event type in a condition.
func namesType(x ast.Expr) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		ref, ok := n.(*ast.Field)
		found = found || ok && ref.Name == typeField
		return !found
	})
	return found
}
