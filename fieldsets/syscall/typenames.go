package syscall

import (
	_ "embed" // the table
	"fmt"
	"maps"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/suggest"
)

//go:embed typenames.txt
var typeNameTable string

// typeNames are the values that evt.type can have; true are those with an event
// of their own.
type typeNames map[string]bool

func readTypeNames() typeNames {
	names := make(typeNames, strings.Count(typeNameTable, "\n"))
	for line := range strings.Lines(typeNameTable) {
		if words := strings.Fields(line); words[0] != "#" {
			names[words[0]] = len(words) == 1
		}
	}
	return names
}

// check refuses constants that no evt.type is, whatever the operator: a pattern
// or a part of a name is none.
func (t typeNames) check(op ast.Operator, text string) error {
	if _, ok := t[text]; ok {
		return nil
	}
	msg := fmt.Sprintf("no event type is called %q", text)
	switch op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn, ast.OpIntersects:
	default:
		msg += fmt.Sprintf("; evt.type takes whole names, also with %s", op)
	}
	return &fieldsets.FieldError{Field: "evt.type", Unknown: true, Msg: msg, Hint: suggest.Hint(text, maps.Keys(t))}
}

// onlyEqual is the check of evt.around.
func onlyEqual(op ast.Operator, _ string) error {
	if op != ast.OpEq && op != ast.OpEqEq {
		return fmt.Errorf("evt.around takes = alone, not %s", op)
	}
	return nil
}
