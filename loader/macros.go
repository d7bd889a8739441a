package loader

import (
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/suggest"
)

// macro is a macro that is being compiled.
type macro struct {
	*macroDef
	*condition
	// resolved is the condition with its macros expanded; nil until then, and after an
	// error. failed says that the error was reported.
	resolved ast.Expr
	failed   bool
	used     bool
	// unused is the warning that nothing uses the macro, once it was reported.
	unused *diag.Diagnostic
}

// compileMacros parses the conditions of all macros and then opens the macros in them.
func (r *resolver) compileMacros() {
	first := len(r.all)
	for _, def := range r.loading.macros.items[first:] {
		if !r.work(itemWork) {
			return
		}
		m := &macro{macroDef: def, condition: r.parse(def.condition.text(), def.context, def.conditionContext)}
		r.compiled.macros[def.name] = m
		r.all = append(r.all, m)
		if r.stopped() {
			return
		}
	}
	for _, m := range r.all[first:] {
		if m.condition.expr == nil {
			continue
		}
		m.resolved = r.expand(m.condition, &m.order)
		if m.failed = m.resolved == nil; r.stopped() {
			return
		}
	}
}

// expansion opens the macros of one condition.
type expansion struct {
	*resolver
	top *condition
	// order says which macros may be used; nil allows all.
	order *order
	// done has the macros that were not compiled yet and were expanded here, nil after an
	// error: the condition of a macro is walked once, however often it is used.
	done map[string]ast.Expr
	// open has the macros that are being expanded.
	open map[string]bool
	// unknown and loops are the references that are errors.
	unknown, loops []reference
	used           []*macro
	// size counts the nodes. Above maxNodes the expansion stops.
	size int
	// opened are the conditions of the macros in the order of the references.
	opened []ast.Expr
}

// reference is a reference to a macro and the condition that it is in.
type reference struct {
	*ast.MacroRef
	in *condition
}

// expand returns a condition with its macros expanded, or nil after an error.
func (r *resolver) expand(c *condition, o *order) ast.Expr {
	e := &expansion{resolver: r, top: c, order: o, done: map[string]ast.Expr{}, open: map[string]bool{}}
	x := e.expr(c, c.expr)
	switch {
	case len(e.loops) > 0:
		e.looped(e.loops[0])
		return nil
	case len(e.unknown) > 0:
		for _, ref := range e.unknown {
			e.undefined(ref)
		}
		return nil
	case e.size > maxNodes || e.nodes+e.size > maxAllNodes:
		e.failIn(c, ErrValidate, c.expr.Range(), fmt.Sprintf("the conditions are too large with their macros: this one has more than %d nodes, or all together have more than %d", maxNodes, maxAllNodes))
		return nil
	}
	for _, m := range e.used {
		m.used = true
	}
	if x == nil {
		return nil
	}
	if before, ok := e.expansions[c.expr]; ok && slices.Equal(before.macros, e.opened) {
		return before.expr
	}
	e.expansions[c.expr] = expanded{e.opened, x}
	e.sizes[x] = e.size
	e.nodes += e.size
	return x
}

// expr returns an expression of c with its macros expanded, or nil after an error. It does
// not copy expressions without macros.
func (e *expansion) expr(c *condition, x ast.Expr) ast.Expr {
	e.size++
	if check, ok := x.(*ast.Check); ok {
		e.size += len(check.Values())
	}
	if e.size > maxNodes {
		return nil
	}
	switch x := x.(type) {
	case *ast.And:
		switch operands, changed := e.exprs(c, x.Operands); {
		case operands == nil:
			return nil
		case changed:
			return &ast.And{Span: x.Span, Operands: operands}
		}
	case *ast.Or:
		switch operands, changed := e.exprs(c, x.Operands); {
		case operands == nil:
			return nil
		case changed:
			return &ast.Or{Span: x.Span, Operands: operands}
		}
	case *ast.Not:
		switch operand := e.expr(c, x.Operand); operand {
		case nil:
			return nil
		case x.Operand:
		default:
			return &ast.Not{Span: x.Span, Operand: operand}
		}
	case *ast.MacroRef:
		return e.macro(reference{x, c})
	}
	return x
}

// exprs opens the macros of operands, and says whether there are any.
func (e *expansion) exprs(c *condition, xs []ast.Expr) (out []ast.Expr, changed bool) {
	out = make([]ast.Expr, len(xs))
	failed := false
	for i, x := range xs {
		out[i] = e.expr(c, x)
		failed = failed || out[i] == nil
		changed = changed || out[i] != x
	}
	if failed {
		return nil, false
	}
	return out, changed
}

func (e *expansion) macro(ref reference) ast.Expr {
	m := e.compiled.macros[ref.Name]
	switch {
	case m == nil || e.order != nil && !e.order.sees(m.order):
		e.unknown = append(e.unknown, ref)
		return nil
	case m.resolved != nil:
		e.used = append(e.used, m)
		e.size += e.sizes[m.resolved]
		e.opened = append(e.opened, m.resolved)
		return m.resolved
	case m.expr == nil || m.failed || e.order == nil:
		return nil // the error is reported for the macro
	case e.open[ref.Name]:
		e.loops = append(e.loops, ref)
		return nil
	}
	e.used = append(e.used, m)
	if x := e.done[ref.Name]; x != nil {
		e.size += e.sizes[x]
		e.opened = append(e.opened, x)
		return x
	}
	e.open[ref.Name] = true
	before := e.size
	x := e.expr(m.condition, m.expr)
	if x != nil {
		e.sizes[x] = e.size - before
		e.opened = append(e.opened, x)
	}
	delete(e.open, ref.Name)
	e.done[ref.Name] = x
	return x
}

// at returns a diagnostic about a reference. Falco reports the condition whose macros it is
// opening, and counts the position from the item of that.
func (e *expansion) at(ref reference, msg string) *diag.Diagnostic {
	d := e.inText(ref.in, ErrValidate, ref.Span, msg)
	falco(d).locate(e.top.item, e.top.given.value, ref.Span.Start)
	return d
}

func (e *expansion) looped(ref reference) {
	if !e.reported[ref.MacroRef] {
		e.reported[ref.MacroRef] = true
		e.add(e.at(ref, fmt.Sprintf("reference loop in macro '%s'", ref.Name)))
	}
}

func (e *expansion) undefined(ref reference) {
	if e.reported[ref.MacroRef] || e.broken[itemKey{"macro", ref.Name}] {
		return
	}
	e.reported[ref.MacroRef] = true
	d := e.at(ref, fmt.Sprintf("Undefined macro '%s' used in filter.", ref.Name))
	if later := e.compiled.macros[ref.Name]; later != nil {
		d.Hint = "it is defined later; a macro can only use macros that are defined before it"
		if refersTo(later.expr, e.top.item[len(e.top.item)-1].Name) {
			d.Hint = "it is defined later and uses this macro; macros cannot use each other"
		}
		d.Related = append(d.Related, diag.Related{Range: later.nameAt, Message: "defined here"})
	} else if list, ok := e.loading.lists.get(ref.Name); ok {
		d.Hint = "this is the name of a list, which goes on the right of an operator: field in (" + ref.Name + ")"
		d.Related = append(d.Related, diag.Related{Range: list.nameAt, Message: "the list"})
	} else {
		d.Hint = suggest.Hint(ref.Name, e.loading.macros.names)
		if at, ok := e.definedIn("macro", ref.Name); ok {
			d.Hint = laterFile
			d.Related = append(d.Related, diag.Related{Range: at, Message: "defined here"})
			e.add(d)
			return
		}
		if meant := suggest.Nearest(ref.Name, e.loading.macros.names); meant != "" {
			d.Edits, _ = ref.in.text.replace(ref.Start.Offset, ref.End.Offset, meant) // without edits if it cannot be written
		} else {
			d.Hint = "if another file defines it, load that file first"
		}
	}
	e.add(d)
}

// refersTo reports whether a condition uses a macro.
func refersTo(x ast.Expr, name string) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		if ref, ok := n.(*ast.MacroRef); ok && ref.Name == name {
			found = true
		}
		return !found
	})
	return found
}
