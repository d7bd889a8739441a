package loader

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// origin is a rule and what it was compiled from.
type origin struct {
	rule      *Rule
	def       *ruleDef
	condition *condition
}

// Part is a part of the compiled condition of a rule, and knows where it comes
// from. It says nothing before it is asked, since to count places takes time.
type Part struct {
	set *Ruleset
	// expr is the part as it was parsed, never a MacroRef; in is the condition in
	// whose text it stands.
	expr ast.Expr
	in   *condition
	// macros are the uses of those whose conditions the part is, within the name of
	// the one in whose text it stands.
	macros []reference
	within string
	// exceptions are those of the rule that have values, for the whole condition,
	// and exception the one that the part is. Below it inside is true.
	exceptions []*exception
	exception  *exception
	inside     bool
}

// Use is a use of a macro, a list or an exception.
type Use struct {
	Name string
	// Defined is the range of the name where it was defined last, At the range of
	// the use.
	Defined, At diag.Range
}

// Part returns the whole condition of a rule of the ruleset. The tree of its parts
// is that of [Rule.Compiled].
func (s *Ruleset) Part(r *Rule) Part {
	of := s.origins[r.Name]
	p := Part{set: s, expr: of.condition.expr, in: of.condition, exceptions: of.def.withValues()}
	return p.entered()
}

// entered goes on to the condition of a macro where the part is the use of one.
func (p Part) entered() Part {
	for {
		ref, ok := p.expr.(*ast.MacroRef)
		if !ok {
			return p
		}
		m := p.set.macros[ref.Name]
		p.macros = append(p.macros, reference{ref, p.in})
		p.expr, p.in, p.within, p.exceptions = m.expr, m.condition, m.name, nil
	}
}

// Kid returns the i-th operand of an And, an Or or a Not.
func (p Part) Kid(i int) Part {
	kid := Part{set: p.set, in: p.in, within: p.within, inside: p.inside || p.exception != nil}
	switch x := p.expr.(type) {
	case *ast.And:
		kid.expr, kid.exception = x.Operands[i], p.exceptionOf(x.Operands, i)
	case *ast.Or:
		kid.expr = x.Operands[i]
	case *ast.Not:
		kid.expr = x.Operand
	}
	return kid.entered()
}

// exceptionOf returns the exception that the i-th of some operands is, or nil.
// Those of a rule stand behind its condition.
func (p Part) exceptionOf(operands []ast.Expr, i int) *exception {
	first := len(operands) - len(p.exceptions)
	if _, not := operands[i].(*ast.Not); !not || first < 1 || i < first {
		return nil
	}
	return p.exceptions[i-first]
}

// Range returns the range of the part. That of an exception is its name, that of a
// part of one its values, since the words between the values were never written.
func (p Part) Range() diag.Range {
	switch {
	case p.exception != nil:
		item := p.exception.item
		return item.src.rangeOf(nameOf(item.node, "name"))
	case p.inside:
		first, last := valuesOf(p.expr)
		r := p.Value(first)
		setEnd(&r, p.Value(last))
		return r
	}
	return p.in.text.rangeOf(p.expr)
}

// Macros returns the macros whose conditions the part is, outermost first.
func (p Part) Macros() []Use {
	out := make([]Use, len(p.macros))
	for i, ref := range p.macros {
		out[i] = Use{ref.Name, p.set.macros[ref.Name].nameAt, ref.in.text.rangeOf(ref)}
	}
	return out
}

// Within returns the name of the macro in whose condition the part stands, or
// nothing.
func (p Part) Within() string { return p.within }

// Exception returns the exception of the rule that the part is: with its not, that
// its values do not match.
func (p Part) Exception() (Use, bool) {
	if p.exception == nil {
		return Use{}, false
	}
	return Use{p.exception.name, p.Range(), p.Range()}, true
}

// Value returns the range of a constant of a check that the part is.
func (p Part) Value(v ast.Node) diag.Range {
	start := p.in.text.written(v.Range().Start.Offset)
	return p.in.text.span(start, max(start, v.Range().End.Offset))
}

// written returns offset, or the end of the glue that lies there: of a value that
// was put in quotes, its first byte.
func (t text) written(offset int) int {
	for i := t.partAt(offset); i < len(t.parts); i++ {
		p := t.parts[i]
		offset = max(offset, p.at)
		switch {
		case p.list != nil:
			return p.at + p.list.written(p.from+offset-p.at) - p.from
		case p.in != nil:
			return offset
		}
	}
	return offset
}

// PartListUse is a use of a list in a check.
type PartListUse struct {
	Use
	// From and To say which of the check's constants the list brought in: those
	// from From on, before To.
	From, To int
}

// Lists returns the lists that the constants of a check come from: those that the
// check names, which may be lists of lists.
func (p Part) Lists() []PartListUse {
	check, ok := p.expr.(*ast.Check)
	if !ok {
		return nil
	}
	var out []PartListUse
	var last *listUse
	for i, v := range check.Values() {
		switch use := p.in.text.useAt(v.Start.Offset); {
		case use == nil:
			last = nil
		case use == last:
			out[len(out)-1].To = i + 1
		default:
			last = use
			out = append(out, PartListUse{Use{Name: use.list, At: use.at}, i, i + 1})
		}
	}
	for i := range out {
		if j := slices.IndexFunc(p.set.Lists, func(l *List) bool { return l.Name == out[i].Name }); j >= 0 {
			out[i].Defined = p.set.Lists[j].NameAt
		}
	}
	return out
}
