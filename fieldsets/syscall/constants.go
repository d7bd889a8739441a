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

// acceptedNames returns the names that evt.type accepts, sorted.
var acceptedNames = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(events().names)) })

// checkEventType rejects values that are not event types. Falco requires full names for
// all operators, even those that match patterns or parts of names.
func checkEventType(op ast.Operator, text string) error {
	if IsEventType(text) {
		return nil
	}
	msg := "unknown event type " + quote.Text(text)
	switch op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn, ast.OpIntersects:
	default:
		msg += fmt.Sprintf(": evt.type needs full names, even with %s", op)
	}
	return &fieldsets.FieldError{Field: "evt.type", Unknown: true, Msg: msg, Hint: SuggestEventType(text)}
}

// onlyEqual rejects other operators for evt.around.
func onlyEqual(op ast.Operator, _ string) error {
	if op != ast.OpEq && op != ast.OpEqEq {
		return fmt.Errorf("evt.around accepts only =, not %s", op)
	}
	return nil
}
