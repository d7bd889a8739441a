package solve

import (
	"maps"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// operand is what a check looks at.
type operand struct {
	// name is the field as fixtures name it, or the text of a transformer.
	name string
	typ  fieldsets.Type
	list bool
	// fixed says that no event has another value of it, or that it is not what rules are
	// about; sequential that it depends on the events before.
	fixed, sequential bool
}

// know looks at the operands of all checks.
func (s *search) know() {
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
			o.fixed, o.sequential = fixed[f.Name], f.Sequential
		}
		return o
	case *ast.Transform:
		o := operand{name: ast.String(x), typ: fieldsets.CharBuf}
		for _, a := range x.Args {
			inner := s.operandOf(a)
			o.fixed, o.sequential = o.fixed || inner.fixed, o.sequential || inner.sequential
			if len(x.Args) == 1 { // which changes the values, one by one
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

// reference returns a field as fixtures name it.
func reference(f *ast.Field) string {
	if f.Arg == nil {
		return f.Name
	}
	return f.Name + "[" + f.Arg.Text + "]"
}

// fixed are fields that every event has, and that no rule is about.
var fixed = map[string]bool{
	"evt.num": true, "evt.time": true, "evt.time.s": true, "evt.time.iso8601": true, "evt.datetime": true, "evt.datetime.s": true,
	"evt.rawtime": true, "evt.rawtime.s": true, "evt.rawtime.ns": true, "evt.reltime": true, "evt.reltime.s": true, "evt.reltime.ns": true,
	"evt.count": true, "evt.pluginname": true, "evt.source": true,
	"jevt.rawtime": true, "json.rawtime": true,
}

// first returns the event that the search begins with: what is told, and what every event
// has where the condition asks for it.
func (s *search) first() Event {
	e := Event{}
	maps.Copy(e, s.told)
	for _, o := range s.operands {
		if (o.name == "jevt.rawtime" || o.name == "json.rawtime") && e[o.name] == nil {
			e[o.name] = text("1772360430000000000")
		}
	}
	return e
}
