package eval

import (
	"errors"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

// Nodes is the [diag.Diagnostic.Extra] of the diagnostics about conditions: the
// nodes that they are about.
type Nodes struct {
	// Falco is the node at whose start Falco reports the diagnostic.
	Falco ast.Node
	// Part is the node that is wrong: a check, or one below it. The range of the
	// diagnostic is its range, in the text that it was parsed from.
	Part ast.Node
}

// NodesOf returns the nodes that a diagnostic of this package is about.
func NodesOf(d *diag.Diagnostic) Nodes {
	nodes, _ := d.Extra.(Nodes)
	return nodes
}

// compileError returns the error that a part of a condition or an output does not
// fit the fields of the rule's source. For an unknown field, a bad argument and an
// unknown event type, err is a [*fieldsets.FieldError].
func compileError(part ast.Node, err error) *diag.Diagnostic {
	d := &diag.Diagnostic{Message: err.Error(), Range: part.Range().In(""), Err: err, Extra: Nodes{part, part}}
	var field *fieldsets.FieldError
	if errors.As(err, &field) {
		d.Hint = field.Hint
	}
	return d
}
