package loader

import (
	"cmp"
	"slices"
	"sort"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Condition is the condition of a rule or a macro as it was written: lists are put
// in, macros are not. That of a rule has its exceptions.
type Condition struct {
	// Rule is the rule or Macro the macro; the other is nil.
	Rule  *Rule
	Macro *Macro
	// Expr is the condition. No other condition has its nodes, except for lists and
	// what is inside of checks.
	Expr ast.Expr

	text       text
	exceptions []*exception // those that have values
}

// Conditions returns the conditions of all rules and then those of all macros, in
// their order.
func (s *Ruleset) Conditions() []Condition {
	out := make([]Condition, 0, len(s.Rules)+len(s.Macros))
	for _, rule := range s.Rules {
		of := s.origins[rule.Name]
		out = append(out, Condition{Rule: rule, Expr: of.condition.expr, text: of.condition.text, exceptions: of.def.withValues()})
	}
	for _, macro := range s.Macros {
		c := s.macros[macro.Name].condition
		out = append(out, Condition{Macro: macro, Expr: c.expr, text: c.text})
	}
	return out
}

// withOwnNodes returns a copy of a condition whose checks and what combines them are nodes
// of their own. Rules with equal texts share what these are parsed to, but what tests show
// of a check is said of one rule.
func withOwnNodes(x ast.Expr) ast.Expr {
	all := func(operands []ast.Expr) []ast.Expr {
		out := make([]ast.Expr, len(operands))
		for i, o := range operands {
			out[i] = withOwnNodes(o)
		}
		return out
	}
	switch x := x.(type) {
	case *ast.And:
		return &ast.And{Span: x.Span, Operands: all(x.Operands)}
	case *ast.Or:
		return &ast.Or{Span: x.Span, Operands: all(x.Operands)}
	case *ast.Not:
		return &ast.Not{Span: x.Span, Operand: withOwnNodes(x.Operand)}
	case *ast.Check:
		own := *x
		return &own
	case *ast.MacroRef:
		own := *x
		return &own
	}
	return x
}

// Exceptions returns the operands of the condition that are exceptions of the rule.
func (c Condition) Exceptions() []ast.Expr {
	and, ok := c.Expr.(*ast.And)
	if !ok {
		return nil
	}
	return and.Operands[len(and.Operands)-len(c.exceptions):]
}

// withValues returns the exceptions that are a part of the rule's condition.
func (d *ruleDef) withValues() []*exception {
	return slices.DeleteFunc(slices.Clone(d.exceptions), func(e *exception) bool { return len(e.values) == 0 })
}

// Place is where a part of a condition was written.
type Place struct {
	// Range is the range in a file. That of an exception is its name, that of a part
	// of one its values, since the words between values were never written. It has
	// no end if the part does not end in the same file, behind its start.
	Range diag.Range
	// Exception is the name of the exception of the rule that it is a part of, List
	// that of the list that brought it in; or empty.
	Exception, List string
}

// Places returns where nodes of the condition were written.
func (c Condition) Places(nodes []ast.Node) []Place {
	starts, exceptions := c.exceptionOperands()
	out := make([]Place, len(nodes))
	offsets := make([]int, 0, 2*len(nodes))
	for i, n := range nodes {
		span := n.Range()
		start, end := span.Start.Offset, max(span.End.Offset-1, span.Start.Offset)
		if k := sort.SearchInts(starts, start+1); k > 0 {
			out[i].Exception = c.exceptions[k-1].name
			from, to := valuesOf(n)
			start = c.text.written(from.Range().Start.Offset)
			end = max(c.text.written(to.Range().Start.Offset), to.Range().End.Offset-1)
		}
		if use := c.text.useAt(start); use != nil {
			out[i].List = use.list
		}
		offsets = append(offsets, start, end)
	}
	at := c.text.spellings(offsets)
	for i, n := range nodes {
		if e := exceptions[n]; e != nil {
			out[i].Range = e.item.src.rangeOf(nameOf(e.item.node, "name"))
			continue
		}
		last := at[2*i+1]
		if c.text.isGlue(offsets[2*i+1]) {
			last.End = last.Start
		}
		out[i].Range = startOf(at[2*i])
		setEnd(&out[i].Range, last)
	}
	return out
}

// exceptionOperands returns the offsets at which the exceptions begin, and which of
// them an operand is. They stand behind the condition.
func (c Condition) exceptionOperands() (starts []int, of map[ast.Node]*exception) {
	of = map[ast.Node]*exception{}
	for i, x := range c.Exceptions() {
		starts = append(starts, x.Range().Start.Offset)
		of[x] = c.exceptions[i]
	}
	return starts, of
}

// Written returns a part of the condition as text, with the lists in it by their names.
func (c Condition) Written(x ast.Expr) string { return ast.Format(c.unlisted(x)) }

// unlisted returns a part of the condition with the names of lists for their items.
func (c Condition) unlisted(x ast.Expr) ast.Expr {
	switch x := x.(type) {
	case *ast.And:
		return &ast.And{Operands: c.allUnlisted(x.Operands)}
	case *ast.Or:
		return &ast.Or{Operands: c.allUnlisted(x.Operands)}
	case *ast.Not:
		return &ast.Not{Operand: c.unlisted(x.Operand)}
	case *ast.Check:
		if list, ok := x.Right.(*ast.List); ok {
			check := *x
			check.Right = &ast.List{Items: c.names(list.Items)}
			return &check
		}
	}
	return x
}

func (c Condition) allUnlisted(xs []ast.Expr) []ast.Expr {
	out := make([]ast.Expr, len(xs))
	for i, x := range xs {
		out[i] = c.unlisted(x)
	}
	return out
}

// names returns items, with the name of a list for those that it brought in.
func (c Condition) names(items []*ast.Value) []*ast.Value {
	var out []*ast.Value
	var last *listUse
	for _, v := range items {
		use := c.text.useAt(v.Start.Offset)
		switch {
		case use == nil:
			out = append(out, v)
		case use != last:
			out = append(out, &ast.Value{Text: use.list})
		}
		last = use
	}
	return out
}

// valuesOf returns the first and the last constant of a node, or what there is
// instead.
func valuesOf(n ast.Node) (first, last ast.Node) {
	first, last = n, n
	some := false
	ast.Inspect(n, func(n ast.Node) bool {
		if v, ok := n.(*ast.Value); ok {
			if last = v; !some {
				first, some = v, true
			}
		}
		return true
	})
	return first, last
}

// spellings returns the ranges that the bytes at many offsets are written in, with
// one pass over each scalar.
func (t text) spellings(offsets []int) []diag.Range {
	type want struct{ offset, index int }
	out := make([]diag.Range, len(offsets))
	scalars := map[*yamlfile.Node]scalar{}
	wanted := map[*yamlfile.Node][]want{}
	for i, offset := range offsets {
		if s, from := t.scalarAt(offset); s != nil {
			scalars[s.node] = *s
			wanted[s.node] = append(wanted[s.node], want{from, i})
		}
	}
	for node, list := range wanted {
		slices.SortFunc(list, func(a, b want) int { return cmp.Compare(a.offset, b.offset) })
		ascending := make([]int, len(list))
		for i, w := range list {
			ascending[i] = w.offset
		}
		s := scalars[node]
		for i, c := range s.cursors(ascending) {
			out[list[i].index] = s.spellingFrom(c, list[i].offset)
		}
	}
	return out
}
