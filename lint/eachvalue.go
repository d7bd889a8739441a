package lint

import (
	"iter"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/suggest"
)

// noValue is what outputs show for a field without a value. The loader warns of it in
// conditions.
const noValue = "<NA>"

// eachValue returns the literals of all conditions with each of their values.
func (p *Pass) eachValue() iter.Seq2[*Literal, *ast.Value] {
	return func(yield func(*Literal, *ast.Value) bool) {
		for _, c := range p.Conditions() {
			for l := range c.Literals() {
				for _, v := range l.Check.Values() {
					if !yield(l, v) {
						return
					}
				}
			}
		}
	}
}

func isPath(text string) bool { return strings.HasPrefix(text, "/") }

// comparesStart reports whether an operator compares the first bytes of the left side.
func comparesStart(op ast.Operator) bool {
	return comparesWhole(op) || op == ast.OpStartsWith
}

// nearest returns the word that a text is most likely a misspelling of, or nothing.
func nearest(text string, words []string) string { return suggest.Nearest(text, slices.Values(words)) }

// comparesWhole reports whether an operator compares the left side with whole values.
func comparesWhole(op ast.Operator) bool {
	return op == ast.OpEq || op == ast.OpEqEq || op == ast.OpNe || op == ast.OpIn || op == ast.OpIntersects
}
