package syscall

import (
	"fmt"
	"maps"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
)

// eventTypeConstant refuses constants that no evt.type is, whatever the operator:
// a pattern or a part of a name is none.
func eventTypeConstant(op ast.Operator, text string) error {
	if IsEventType(text) {
		return nil
	}
	msg := "no event type is called " + quote.Text(text)
	switch op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn, ast.OpIntersects:
	default:
		msg += fmt.Sprintf("; evt.type takes whole names, also with %s", op)
	}
	return &fieldsets.FieldError{Field: "evt.type", Unknown: true, Msg: msg, Hint: suggest.EventHint(text, slices.Sorted(maps.Keys(events().names)))}
}

// onlyEqual is the check of evt.around.
func onlyEqual(op ast.Operator, _ string) error {
	if op != ast.OpEq && op != ast.OpEqEq {
		return fmt.Errorf("evt.around takes = alone, not %s", op)
	}
	return nil
}
