package loader

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/parser"
)

// resolver turns the merged items into conditions and those into an engine.
type resolver struct {
	*collector
	lists   []listText
	macros  map[string]*macro
	parsed  []*condition
	builder *eval.Builder
	// reported are the nodes that an error was given for: a macro's mistake
	// is one, however many rules use it.
	reported map[ast.Node]bool
	// owners has the condition in whose text a node stands; made when needed.
	owners map[ast.Node]*condition
	// bytes and steps count what maxTexts and maxSteps bound.
	bytes, steps int
}

// listText is a list as it is put into conditions.
type listText struct {
	name string
	text text
}

// condition is a parsed condition and the text that it was parsed from.
type condition struct {
	text    text
	expr    ast.Expr
	context []Location
}

// macro is a macro and its condition with the macros in it resolved, or nil
// while or where they are not.
type macro struct {
	*macroDef
	*condition
	resolved ast.Expr
	// failed says that an error was reported while they were resolved.
	failed bool
}

// resolve compiles everything read so far.
func (c *collector) resolve() *eval.Engine {
	r := &resolver{collector: c, macros: map[string]*macro{}, builder: eval.NewBuilder(c.options.Sources...), reported: map[ast.Node]bool{}}
	for _, l := range c.lists.items {
		t, ok := c.listText(l)
		if r.bytes += len(t.value); !ok || r.bytes > maxTexts {
			c.fail(ErrValidate, l.at, 0, l.context, fmt.Sprintf("with the lists in it the list has more than %d bytes", maxCondition), "")
			return nil
		}
		r.lists = append(r.lists, listText{l.name, t})
	}
	for _, def := range c.macros.items {
		r.macros[def.name] = &macro{macroDef: def, condition: r.parse(def.condition, def.context)}
	}
	for _, def := range c.macros.items {
		m := r.macros[def.name]
		if m.condition.expr != nil {
			m.resolved = r.expand(m.condition, &def.order)
			m.failed = m.resolved == nil
		}
	}
	for _, def := range c.rules.items {
		if !def.unknownSource {
			r.rule(def)
		}
	}
	return r.builder.Engine()
}

// listText returns the items of a list joined by commas. An item that names a
// list defined before this one stands for that list's items as written. It
// reports false where the text grows too large.
func (c *collector) listText(l *listDef) (text, bool) {
	var b textBuilder
	add := func(s scalar) {
		if len(b.buf) > 0 {
			b.glue(", ")
		}
		writeItem(&b, entry{text: s})
	}
	for _, s := range l.items {
		if ref, ok := c.lists.get(s.text()); ok && l.sees(ref.order) {
			for _, inner := range ref.items {
				add(inner)
			}
		} else {
			add(s)
		}
		if len(b.buf) > maxCondition {
			return text{}, false
		}
	}
	return b.text(), true
}

// Lists of lists can double a text with each list, and macros of macros a
// condition with each macro, so that a small file could take all memory and
// time. Real rulesets stay far below these limits.
const (
	maxCondition = 1 << 20   // bytes of a condition with its lists put in, or of a list
	maxTexts     = 64 << 20  // bytes of all of these
	maxSteps     = 5_000_000 // nodes visited to resolve macros
)

// listBlanks are what the substitution of lists takes for white space.
const listBlanks = " \t\n\r"

// substitute puts a list's items in place of its name, wherever the name stands
// between delimiters, inside quotes too: the language does it on the text. It
// reports false where the text grows too large.
func substitute(t text, l listText) (text, bool) {
	if l.name == "" || !strings.Contains(t.value, l.name) {
		return t, true
	}
	var b textBuilder
	read := 0 // what of t is in b
	for from := 0; from <= len(t.value); {
		at := strings.Index(t.value[from:], l.name)
		if at < 0 {
			break
		}
		start := from + at
		end := start + len(l.name)
		before := byte(' ') // the start of the text delimits, and so does what was put in
		if start > read {
			before = t.value[start-1]
		}
		if !delimitsList(before) || end < len(t.value) && !delimitsList(t.value[end]) {
			from = start + 1
			continue
		}
		b.slice(t, read, start)
		b.truncate(len(bytes.TrimRight(b.buf, listBlanks)))
		for end < len(t.value) && strings.IndexByte(listBlanks, t.value[end]) >= 0 {
			end++
		}
		if l.text.value == "" { // takes a neighbouring comma with it
			if bytes.HasSuffix(b.buf, []byte(",")) {
				b.truncate(len(b.buf) - 1)
			} else if end < len(t.value) && t.value[end] == ',' {
				end++
			}
		}
		read, from = end, end
		if len(b.buf) > 0 {
			b.glue(" ")
		} else {
			// Falco goes on searching a byte too far here: of two names at
			// the start of a text, the second stays.
			from++
		}
		b.slice(l.text, 0, len(l.text.value))
		b.glue(" ")
		if len(b.buf) > maxCondition {
			return t, false
		}
	}
	if read == 0 {
		return t, true
	}
	b.slice(t, read, len(t.value))
	return b.text(), len(b.buf) <= maxCondition
}

func delimitsList(c byte) bool { return strings.IndexByte(listBlanks+"(),=", c) >= 0 }

// parse puts the lists into a condition and parses it. The expr is nil where
// that failed.
func (r *resolver) parse(t text, context []Location) *condition {
	c := &condition{text: t, context: context}
	for _, l := range r.lists {
		var ok bool
		if t, ok = substitute(t, l); !ok {
			r.failIn(c, ErrValidate, ast.Span{}, fmt.Sprintf("with its lists the condition has more than %d bytes", maxCondition), nil)
			return c
		}
	}
	if r.bytes += len(t.value); r.bytes > maxTexts {
		r.failIn(c, ErrValidate, ast.Span{}, fmt.Sprintf("with their lists the conditions up to this one have more than %d bytes", maxTexts), nil)
		return c
	}
	c.text = t
	expr, err := parser.Condition(t.value)
	var errs parser.Errors
	switch {
	case errors.As(err, &errs):
		for _, e := range errs {
			r.failIn(c, ErrCompileCondition, e.Span, e.Message(), e).Hint = e.Hint
		}
	case err != nil:
		r.failIn(c, ErrCompileCondition, ast.Span{}, err.Error(), err)
	default:
		c.expr = expr
		r.parsed = append(r.parsed, c)
		r.owners = nil
	}
	return c
}

// failIn reports an error at a span of a condition's text and returns it.
func (r *resolver) failIn(c *condition, code Code, span ast.Span, msg string, err error) *Diagnostic {
	at := c.text.position(span.Start.Offset)
	d := r.diagnostic(&Diagnostic{
		Code: code, Message: msg, Position: at, Length: span.End.Offset - span.Start.Offset, Err: err,
		Context: append(slices.Clip(c.context), Location{Type: "condition expression", Position: at}),
	})
	r.errs = append(r.errs, d)
	return d
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
}

func (r *resolver) expand(c *condition, o *order) ast.Expr {
	e := &expansion{resolver: r, top: c, order: o, done: map[string]ast.Expr{}, around: map[string]bool{}}
	return e.expr(c, c.expr)
}

// expr returns x, which stands in c, with its macros resolved, or nil after an
// error. Checks are shared, not copied.
func (e *expansion) expr(c *condition, x ast.Expr) ast.Expr {
	if e.steps++; e.steps > maxSteps {
		if e.steps == maxSteps+1 {
			e.failIn(e.top, ErrValidate, e.top.expr.Range(), "the macros up to here take too long to resolve", nil)
		}
		return nil
	}
	switch x := x.(type) {
	case *ast.And:
		if kids := e.exprs(c, x.Operands); kids != nil {
			return &ast.And{Span: x.Span, Operands: kids}
		}
		return nil
	case *ast.Or:
		if kids := e.exprs(c, x.Operands); kids != nil {
			return &ast.Or{Span: x.Span, Operands: kids}
		}
		return nil
	case *ast.Not:
		if kid := e.expr(c, x.Operand); kid != nil {
			return &ast.Not{Span: x.Span, Operand: kid}
		}
		return nil
	case *ast.MacroRef:
		return e.macro(c, x)
	}
	return x
}

func (e *expansion) exprs(c *condition, xs []ast.Expr) []ast.Expr {
	out := make([]ast.Expr, len(xs))
	failed := false
	for i, x := range xs {
		out[i] = e.expr(c, x)
		failed = failed || out[i] == nil
	}
	if failed {
		return nil
	}
	return out
}

func (e *expansion) macro(c *condition, ref *ast.MacroRef) ast.Expr {
	m := e.macros[ref.Name]
	switch {
	case m == nil || e.order != nil && !e.order.sees(m.order):
		e.undefined(c, ref, m)
		return nil
	case m.resolved != nil:
		return m.resolved
	case m.expr == nil || m.failed || e.order == nil:
		return nil // reported where the macro stands
	case e.around[ref.Name]:
		if !e.reported[ref] {
			e.reported[ref] = true
			// The macro that is being resolved is what does not load.
			e.failIn(&condition{text: c.text, context: e.top.context}, ErrValidate, ref.Span, fmt.Sprintf("reference loop in macro '%s'", ref.Name), nil)
		}
		return nil
	}
	if x, ok := e.done[ref.Name]; ok {
		return x
	}
	e.around[ref.Name] = true
	x := e.expr(m.condition, m.expr)
	delete(e.around, ref.Name)
	e.done[ref.Name] = x
	return x
}

func (r *resolver) undefined(c *condition, ref *ast.MacroRef, later *macro) {
	if r.reported[ref] {
		return
	}
	r.reported[ref] = true
	d := r.failIn(c, ErrValidate, ref.Span, fmt.Sprintf("Undefined macro '%s' used in filter.", ref.Name), nil)
	if later == nil {
		d.Hint = suggest.Hint(ref.Name, r.collector.macros.names)
	} else {
		at := later.macroDef.context[1].Position
		d.Hint = fmt.Sprintf("it is defined later, at %s; a macro can use only what stands before it", at)
	}
}

// rule compiles a rule into the engine.
func (r *resolver) rule(def *ruleDef) {
	rule := &eval.Rule{Name: def.name, Source: def.source, Priority: def.priority, Tags: def.tags, Disabled: !def.enabled}
	var err error
	if rule.Output, err = r.builder.CompileOutput(def.source, def.output.value); err != nil {
		var errs parser.Errors
		errors.As(err, &errs)
		// To Falco all that follows a % and is no field is an unknown one.
		if r.skipped(def, errs[0], errs[0].Err != nil) {
			return
		}
		at := def.output.position(errs[0].Span.Start.Offset)
		length := errs[0].Span.End.Offset - errs[0].Span.Start.Offset
		hint := errs[0].Hint
		if field, ok := unknownField(err); ok {
			hint = field.Hint
		}
		r.errs = append(r.errs, r.diagnostic(&Diagnostic{
			Code: ErrCompileOutput, Message: errs[0].Message(), Hint: hint, Position: at, Length: length, Context: def.outputContext, Err: errs[0],
		}))
	}
	if !r.checkRows(def) {
		return
	}
	c := r.parse(withExceptions(def), def.conditionContext)
	if c.expr == nil {
		return
	}
	if rule.Condition = r.expand(c, nil); rule.Condition == nil {
		return
	}
	if rule.Output == nil {
		err = r.builder.Check(def.source, rule.Condition)
	} else {
		err = r.builder.Add(rule)
	}
	var errs eval.CompileErrors
	if !errors.As(err, &errs) {
		return
	}
	if _, unknown := unknownField(errs[0]); !r.skipped(def, errs[0], unknown) {
		r.compileErrors(def, errs)
	}
}

// skipped says whether the rule is left out rather than refused, because it asks
// for that and err, the first one, is one for which Falco does so.
func (r *resolver) skipped(def *ruleDef, err error, falco bool) bool {
	if !def.skipUnknown || !falco {
		return false
	}
	r.warn(WarnUnknownFilter, def.position, def.context, "the rule is skipped: "+err.Error())
	return true
}

// unknownField returns the error about a field that the source does not have,
// if err is one.
func unknownField(err error) (*fieldsets.FieldError, bool) {
	var field *fieldsets.FieldError
	if errors.As(err, &field) && field.Unknown {
		return field, true
	}
	return nil, false
}

func (r *resolver) compileErrors(def *ruleDef, errs eval.CompileErrors) {
	for _, e := range errs {
		if r.reported[e.Node] {
			continue
		}
		r.reported[e.Node] = true
		c := r.owner(e.Node)
		// The rule is what does not load, also where a macro is to blame.
		context := def.conditionContext
		if item := c.context[1]; item.Type == "macro" {
			context = append(slices.Clip(context), item)
		}
		d := r.failIn(&condition{text: c.text, context: context}, ErrCompileCondition, e.Node.Range(), e.Error(), e)
		if field, ok := unknownField(e); ok {
			d.Hint = field.Hint
		}
	}
}

// owner returns the condition in whose text a node of a compiled condition
// stands. Every such node was parsed from one.
func (r *resolver) owner(n ast.Node) *condition {
	if r.owners == nil {
		r.owners = map[ast.Node]*condition{}
		for _, c := range r.parsed {
			ast.Inspect(c.expr, func(x ast.Node) bool {
				r.owners[x] = c
				return true
			})
		}
	}
	return r.owners[n]
}
