package eval

import (
	"errors"
	"fmt"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// CompileError is a part of a condition or an output that does not fit the
// fields of the rule's source.
type CompileError struct {
	// Node begins where Falco reports the error, which in a condition is where
	// the check does. Its span says where it stands in the text that it was
	// parsed from.
	Node ast.Node
	// Part is the node that is wrong: the check, or one below it.
	Part ast.Node
	// Err is what is wrong. For an unknown field, a bad argument or an unknown
	// event type it is a [*fieldsets.FieldError].
	Err error
	// Hint says what to write instead, or is empty. That of a
	// [*fieldsets.FieldError] is its own.
	Hint string
}

// compileError returns an error about a part of what is compiled.
func compileError(part ast.Node, err error) *CompileError {
	e := &CompileError{Node: part, Part: part, Err: err}
	var field *fieldsets.FieldError
	if errors.As(err, &field) {
		e.Hint = field.Hint
	}
	return e
}

func (e *CompileError) Error() string { return e.Err.Error() }

func (e *CompileError) Unwrap() error { return e.Err }

// Unknown reports whether the error is about a field or an event type that Falco
// does not know. Rules can ask to be skipped for it, with
// skip-if-unknown-filter.
func (e *CompileError) Unknown() bool {
	var field *fieldsets.FieldError
	return errors.As(e.Err, &field) && field.Unknown
}

// CompileErrors are the parts of one condition that do not fit, in its order, but
// no more than the first 100. It is never empty.
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
