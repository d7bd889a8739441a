package loader

import (
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/suggest"
)

// macro is a macro and its condition with the macros in it resolved, or nil
// while or where they are not.
type macro struct {
	*macroDef
	*condition
	resolved ast.Expr
	// failed says that an error was reported while they were resolved.
	failed bool
	used   bool
	// unused is the warning that it is not, once there is one.
	unused *diag.Diagnostic
}

// compileMacros parses the conditions of all macros and then resolves the macros
// in them.
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

// expansion resolves the macros of one condition.
type expansion struct {
	*resolver
	top *condition
	// order says which macros may be used; nil allows all.
	order *order
	// done has the macros that were expanded on the way, nil where that
	// failed: a macro's condition is walked once, however often it is used.
	done map[string]ast.Expr
	// around has the macros that lie around the place.
	around map[string]bool
	// unknown and loops are what went wrong; used are the macros found.
	unknown, loops []reference
	used           []*macro
	// size counts the nodes; beyond maxParts nothing is put in any more.
	size int
	// puts are the conditions that were put in for macros of the top.
	puts []ast.Expr
}

// reference is a use of a macro in the text of a condition.
type reference struct {
	*ast.MacroRef
	in *condition
}

// expand returns the condition with its macros resolved, or nil after an error.
func (r *resolver) expand(c *condition, o *order) ast.Expr {
	e := &expansion{resolver: r, top: c, order: o, done: map[string]ast.Expr{}, around: map[string]bool{}}
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
	case e.size > maxParts || e.parts+e.size > maxAllParts:
		e.failIn(c, ErrValidate, c.expr.Range(), fmt.Sprintf("with its macros the condition has more than %d parts, or all have more than %d", maxParts, maxAllParts))
		return nil
	}
	for _, m := range e.used {
		m.used = true
	}
	if x == nil {
		return nil
	}
	if before, ok := e.expansions[c.expr]; ok && slices.Equal(before.macros, e.puts) {
		return before.expr
	}
	e.expansions[c.expr] = expanded{e.puts, x}
	e.sizes[x] = e.size
	e.parts += e.size
	return x
}

// expr returns x, which stands in c, with its macros resolved, or nil where that
// is not possible. What has no macros is shared, not copied.
func (e *expansion) expr(c *condition, x ast.Expr) ast.Expr {
	e.size++
	if check, ok := x.(*ast.Check); ok {
		e.size += len(check.Values())
	}
	if e.size > maxParts {
		return nil
	}
	switch x := x.(type) {
	case *ast.And:
		switch kids, changed := e.exprs(c, x.Operands); {
		case kids == nil:
			return nil
		case changed:
			return &ast.And{Span: x.Span, Operands: kids}
		}
	case *ast.Or:
		switch kids, changed := e.exprs(c, x.Operands); {
		case kids == nil:
			return nil
		case changed:
			return &ast.Or{Span: x.Span, Operands: kids}
		}
	case *ast.Not:
		switch kid := e.expr(c, x.Operand); kid {
		case nil:
			return nil
		case x.Operand:
		default:
			return &ast.Not{Span: x.Span, Operand: kid}
		}
	case *ast.MacroRef:
		return e.macro(reference{x, c})
	}
	return x
}

// exprs resolves operands, and says whether there was anything to resolve.
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
		e.puts = append(e.puts, m.resolved)
		return m.resolved
	case m.expr == nil || m.failed || e.order == nil:
		return nil // reported where the macro stands
	case e.around[ref.Name]:
		e.loops = append(e.loops, ref)
		return nil
	}
	e.used = append(e.used, m)
	if x := e.done[ref.Name]; x != nil {
		e.size += e.sizes[x]
		e.puts = append(e.puts, x)
		return x
	}
	e.around[ref.Name] = true
	before := e.size
	x := e.expr(m.condition, m.expr)
	if x != nil {
		e.sizes[x] = e.size - before
		e.puts = append(e.puts, x)
	}
	delete(e.around, ref.Name)
	e.done[ref.Name] = x
	return x
}

// at returns a diagnostic about a reference. To Falco, what does not load is the
// condition that is being resolved, and the place counts from its item.
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
	if e.reported[ref.MacroRef] || e.broken[brokenItem{"macro", ref.Name}] {
		return
	}
	e.reported[ref.MacroRef] = true
	d := e.at(ref, fmt.Sprintf("Undefined macro '%s' used in filter.", ref.Name))
	if later := e.compiled.macros[ref.Name]; later != nil {
		d.Hint = "it is defined later; a macro can use only what stands before it"
		if refersTo(later.expr, e.top.item[len(e.top.item)-1].Name) {
			d.Hint = "it is defined later, and leads back here; macros cannot use each other"
		}
		d.Related = append(d.Related, diag.Related{Range: later.nameAt, Message: "defined here"})
	} else if list, ok := e.loading.lists.get(ref.Name); ok {
		d.Hint = "a list of that name stands on the right of an operator: field in (" + ref.Name + ")"
		d.Related = append(d.Related, diag.Related{Range: list.nameAt, Message: "the list"})
	} else {
		d.Hint = suggest.Hint(ref.Name, e.loading.macros.names)
		if at, ok := e.definedIn("macro", ref.Name); ok {
			d.Hint = "it is defined in a later file; load that one before"
			d.Related = append(d.Related, diag.Related{Range: at, Message: "defined here"})
			e.add(d)
			return
		}
		if meant := suggest.Nearest(ref.Name, e.loading.macros.names); meant != "" {
			d.Edits = []diag.Edit{{Range: d.Range, Text: meant}}
		} else {
			d.Hint = "if another file defines it, load that one before"
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
