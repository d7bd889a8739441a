package solve

import (
	"maps"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// operand describes a field or a transformer.
type operand struct {
	// name is the name of the field in fixtures, or the text of the transformer.
	name string
	typ  fieldsets.Type
	list bool
	// constant operands are not set, because all events have the same value, or no rule
	// is about it. sequential ones depend on earlier events.
	constant, sequential bool
}

// analyze sets operands and wanted.
func (s *search) analyze() {
	s.wanted = map[string][]int{}
	for _, c := range s.oracle.checks {
		s.operands = append(s.operands, s.operandOf(c.Left))
	}
	s.root.checks(func(check int, want bool) {
		if want {
			name := s.operands[check].name
			s.wanted[name] = append(s.wanted[name], check)
		}
	})
}

func (s *search) operandOf(x ast.Node) operand {
	switch x := x.(type) {
	case *ast.Field:
		o := operand{name: reference(x)}
		if f, _, err := s.oracle.source.Resolve(x); err == nil {
			o.typ, o.list = f.Type, f.List
			o.constant, o.sequential = constantFields[f.Name], f.Sequential
		}
		return o
	case *ast.Transform:
		o := operand{name: ast.String(x), typ: fieldsets.CharBuf}
		for _, a := range x.Args {
			inner := s.operandOf(a)
			o.constant, o.sequential = o.constant || inner.constant, o.sequential || inner.sequential
			if len(x.Args) == 1 { // it maps each value
				o.typ, o.list = inner.typ, inner.list
			}
		}
		switch {
		case x.Name == "len":
			o.typ, o.list = fieldsets.Uint64, false
		case x.Name == "getopt":
			o.list = x.Arg == nil
		}
		return o
	}
	return operand{typ: fieldsets.CharBuf}
}

// reference returns the name of a field in fixtures.
func reference(f *ast.Field) string {
	if f.Arg == nil {
		return f.Name
	}
	return f.Name + "[" + f.Arg.Text + "]"
}

// constantFields are fields that all events have and that no rule is about.
var constantFields = map[string]bool{
	"evt.num": true, "evt.time": true, "evt.time.s": true, "evt.time.iso8601": true, "evt.datetime": true, "evt.datetime.s": true,
	"evt.rawtime": true, "evt.rawtime.s": true, "evt.rawtime.ns": true, "evt.reltime": true, "evt.reltime.s": true, "evt.reltime.ns": true,
	"evt.count": true, "evt.pluginname": true, "evt.source": true,
	"jevt.rawtime": true, "json.rawtime": true,
}

// first returns the event that the search starts with: the given values, and values that
// all events have if the condition uses them.
func (s *search) first() Event {
	e := Event{}
	maps.Copy(e, s.given)
	for _, o := range s.operands {
		if (o.name == "jevt.rawtime" || o.name == "json.rawtime") && e[o.name] == nil {
			e[o.name] = text("1772360430000000000")
		}
	}
	return e
}
