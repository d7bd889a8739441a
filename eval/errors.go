package eval

import (
	"errors"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

// Nodes is the [diag.Diagnostic.Extra] of a diagnostic about a condition: the nodes
// that it is about.
type Nodes struct {
	// Falco is the node at whose start Falco reports the diagnostic.
	Falco ast.Node
	// Node is the node that is wrong: a check, or a node in it. Its range, in the text
	// that it was parsed from, is the range of the diagnostic.
	Node ast.Node
}

// NodesOf returns the nodes that a diagnostic of this package is about.
func NodesOf(d *diag.Diagnostic) Nodes {
	nodes, _ := d.Extra.(Nodes)
	return nodes
}

// compileError returns the error that a node of a condition or an output does not fit
// the fields of the rule's source. For an unknown field, an invalid argument and an
// unknown event type, err is a [*fieldsets.FieldError].
func compileError(n ast.Node, err error) *diag.Diagnostic {
	d := &diag.Diagnostic{Message: err.Error(), Range: n.Range().In(""), Err: err, Extra: Nodes{n, n}}
	var field *fieldsets.FieldError
	if errors.As(err, &field) {
		d.Hint = field.Hint
	}
	return d
}
