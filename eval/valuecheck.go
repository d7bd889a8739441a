package eval

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// ValueCheck returns a function that reports whether a check of field f is true if the field
// has one given value. The check must compare with values, not with another field. It returns
// an error if a value does not have the type of the field.
func ValueCheck(x *ast.Check, f *fieldsets.Field) (func(fieldsets.Value) bool, error) {
	s := slot{name: f.Name, typ: f.Type, list: f.List, several: f.Match != fieldsets.MatchOne, field: f}
	one, some, err := compare(x, s, x.Values())
	if err != nil {
		return nil, err
	}
	if one != nil {
		return one, nil
	}
	return func(v fieldsets.Value) bool { return some([]fieldsets.Value{v}) }, nil
}
