package eval

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
)

// CompileError is a part of a condition or an output that does not fit the
// fields of the rule's source.
type CompileError struct {
	// Node is the part; its span says where it stands in the text that it was
	// parsed from.
	Node ast.Node
	// Err is what is wrong. For an unknown field or a bad argument it is a
	// [*fieldsets.FieldError].
	Err error
}

func (e *CompileError) Error() string { return e.Err.Error() }

func (e *CompileError) Unwrap() error { return e.Err }

// CompileErrors are all parts of one condition that do not fit, in its order.
// It is never empty.
type CompileErrors []*CompileError

func (es CompileErrors) Error() string {
	if len(es) > 1 {
		return fmt.Sprintf("%v (and %d more)", es[0], len(es)-1)
	}
	return es[0].Error()
}

// Unwrap returns the single errors for errors.As.
func (es CompileErrors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}
