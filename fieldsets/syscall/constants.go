package syscall

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

// acceptedNames are the names that evt.type accepts, sorted.
var acceptedNames = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(events().names)) })

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
	return &fieldsets.FieldError{Field: "evt.type", Unknown: true, Msg: msg, Hint: SuggestEventType(text)}
}

// onlyEqual is the check of evt.around.
func onlyEqual(op ast.Operator, _ string) error {
	if op != ast.OpEq && op != ast.OpEqEq {
		return fmt.Errorf("evt.around takes = alone, not %s", op)
	}
	return nil
}
