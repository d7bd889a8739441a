package eval

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// several returns the test of a field that can have several values at once; see
// [fieldsets.Match]. It is given the tests for single constants.
func several(op ast.Operator, s slot, constants []constant, one []testOne) test {
	sides := s.field.Match == fieldsets.MatchEither
	if len(constants) == 0 {
		return func([]fieldsets.Value) bool { return false }
	}
	match := one[0]
	switch op {
	case ast.OpIn, ast.OpIntersects:
		isText := s.typ.Kind() == ast.KindText
		switch {
		case sides && op == ast.OpIntersects:
			return func([]fieldsets.Value) bool { return false }
		case isText || sides && s.typ == fieldsets.Port:
			match = amongValues(s, constants)
		case sides && s.typ == fieldsets.IPNet: // Falco uses the first network only
		default:
			return func([]fieldsets.Value) bool { return false }
		}
	case ast.OpPMatch:
		match = prefixes(constants)
	}
	if sides && op == ast.OpNe {
		return func(vs []fieldsets.Value) bool {
			for _, v := range vs {
				if !match(v) {
					return false
				}
			}
			return len(vs) > 0
		}
	}
	return func(vs []fieldsets.Value) bool {
		return slices.ContainsFunc(vs, match)
	}
}
