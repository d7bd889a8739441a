package lint

import (
	"iter"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/loader"
)

// outputField is a field in the output of a rule.
type outputField struct {
	rule        *loader.Rule
	placeholder *ast.Placeholder
	ref         *ast.Field
}

// outputFields returns the fields that the outputs of all rules print, in order.
func (p *Pass) outputFields() iter.Seq[outputField] {
	return func(yield func(outputField) bool) {
		for _, r := range p.Set.Rules {
			for _, part := range r.Template.Tree().Parts {
				placeholder, ok := part.(*ast.Placeholder)
				if !ok {
					continue
				}
				ref, ok := placeholder.Operand.(*ast.Field)
				if ok && !yield(outputField{r, placeholder, ref}) {
					return
				}
			}
		}
	}
}
