package loader

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/parser"
)

// compiled is what came of compiling all files read so far.
type compiled struct {
	lists  []*listText
	macros map[string]*macro
	rules  []*Rule
	// parsed are the conditions in order.
	parsed []*condition
}

// memory is what compiling remembers, since after each file everything read so
// far is compiled again, and most is as it was.
type memory struct {
	builder *eval.Builder
	// parses has what came of parsing a text.
	parses map[string]parsed
	// expansions has what came of putting macros into a parsed condition.
	expansions map[ast.Expr]expanded
	// sizes has the number of nodes of each resolved condition.
	sizes map[ast.Expr]int
	// compiledRules has what came of the rules that compiled.
	compiledRules map[*ruleDef]*compiledRule
}

func newMemory(builder *eval.Builder) *memory {
	return &memory{
		builder: builder, parses: map[string]parsed{}, expansions: map[ast.Expr]expanded{}, sizes: map[ast.Expr]int{},
		compiledRules: map[*ruleDef]*compiledRule{},
	}
}

// parsed is what came of parsing a text.
type parsed struct {
	expr ast.Expr
	err  error
}

// expanded is a condition with macros put in, and these macros' conditions.
type expanded struct {
	macros []ast.Expr
	expr   ast.Expr
}

// compiledRule is a rule, from the text and with the resolved condition that it
// was compiled from, and the warnings that it gave.
type compiledRule struct {
	text     text
	expr     ast.Expr
	warnings Diagnostics
	rule     *Rule // nil for one that is skipped
}

// resolver turns the merged items into conditions and those into an engine.
type resolver struct {
	*loading
	*compiled
	// reported are the nodes that an error was given for: a macro's mistake
	// is one, however many rules use it.
	reported map[ast.Node]bool
	// owners has the condition in whose text a node stands, for the first owned
	// ones of parsed.
	owners map[ast.Node]*condition
	owned  int
	// misplaced are the rules with fields of another source.
	misplaced map[*ruleDef]bool
	// oddLists are the lists whose names have delimiters in them.
	oddLists []bool
	// bytes and parts count what maxTexts and maxAllParts bound.
	bytes, parts int
}

// listText is a list as it is put into conditions.
type listText struct {
	name  string
	items []string
	text  text
	used  bool
}

// condition is a condition as it was given and with the lists put in, and what
// it was parsed to.
type condition struct {
	given, text text
	expr        ast.Expr
	// partial is what could be read where the text does not parse.
	partial ast.Expr
	// item is Falco's way to the macro or rule that the condition is of,
	// context that to the condition.
	item, context []Location
}

// macro is a macro and its condition with the macros in it resolved, or nil
// while or where they are not.
type macro struct {
	*macroDef
	*condition
	resolved ast.Expr
	// failed says that an error was reported while they were resolved.
	failed bool
	used   bool
}

// compile compiles everything read so far.
func (l *loading) compile() {
	l.compiled = &compiled{macros: map[string]*macro{}}
	r := &resolver{loading: l, compiled: l.compiled, reported: map[ast.Node]bool{}, owners: map[ast.Node]*condition{}, misplaced: map[*ruleDef]bool{}}
	if !r.compileLists() {
		return
	}
	r.compileMacros()
	for _, def := range l.rules.items {
		if r.stopped() {
			return
		}
		if !def.unknownSource {
			r.rule(def)
		}
	}
	if len(l.result.Errors) == 0 {
		r.unused()
	}
}

// unused warns of macros and lists that nothing uses.
func (r *resolver) unused() {
	for _, def := range r.loading.macros.items {
		if !r.compiled.macros[def.name].used {
			d := r.warnAt(WarnUnusedMacro, def.nameAt, def.context, fmt.Sprintf("nothing uses macro %q", def.name))
			d.End = def.nameEnd
		}
	}
	for i, def := range r.loading.lists.items {
		if !r.compiled.lists[i].used {
			d := r.warnAt(WarnUnusedList, def.nameAt, def.context, fmt.Sprintf("nothing uses list %q", def.name))
			d.End = def.nameEnd
		}
	}
}

func (r *resolver) warnAt(code Code, at Position, context []Location, msg string) *Diagnostic {
	d := &Diagnostic{Code: code, Message: msg, Position: at, Context: context}
	r.add(d)
	return d
}

// compileLists makes the texts of the lists. An item that names a list defined
// before this one stands for that list's items as written.
func (r *resolver) compileLists() bool {
	for _, l := range r.loading.lists.items {
		r.compiled.lists = append(r.compiled.lists, &listText{name: l.name})
	}
	r.oddLists = make([]bool, len(r.compiled.lists))
	for i, l := range r.loading.lists.items {
		out := r.compiled.lists[i]
		r.oddLists[i] = strings.ContainsFunc(l.name, func(c rune) bool { return c < utf8.RuneSelf && delimitsList(byte(c)) })
		var b textBuilder
		add := func(s scalar) {
			out.items = append(out.items, s.text())
			if len(b.buf) > 0 {
				b.glue(", ")
			}
			writeItem(&b, entry{text: s})
		}
		for _, s := range l.items {
			if ref, ok := r.loading.lists.get(s.text()); ok && l.sees(ref.order) {
				r.compiled.lists[r.loading.lists.index[ref.name]].used = true
				for _, inner := range ref.items {
					add(inner)
				}
			} else {
				add(s)
			}
			if len(b.buf) > maxCondition || r.bytes+len(b.buf) > maxTexts {
				r.add(&Diagnostic{
					Code: ErrValidate, Position: l.nameAt, End: l.nameEnd, Context: l.context,
					Message: fmt.Sprintf("with the lists in it the list has more than %d bytes", maxCondition),
				})
				return false
			}
		}
		out.text = b.text()
		r.bytes += len(b.buf)
	}
	return true
}

// compileMacros parses the conditions of all macros and then resolves the macros
// in them.
func (r *resolver) compileMacros() {
	for _, def := range r.loading.macros.items {
		r.compiled.macros[def.name] = &macro{macroDef: def, condition: r.parse(def.condition, def.context, def.conditionContext)}
		if r.stopped() {
			return
		}
	}
	for _, def := range r.loading.macros.items {
		m := r.compiled.macros[def.name]
		if m.condition.expr == nil {
			continue
		}
		m.resolved = r.expand(m.condition, &def.order)
		if m.failed = m.resolved == nil; r.stopped() {
			return
		}
	}
}

// Lists of lists can double a text with each list, and macros of macros a
// condition with each macro, so that a small file could take all memory and
// time. Real rulesets stay far below these limits.
const (
	maxCondition = 1 << 20   // bytes of a condition with its lists put in, or of a list
	maxTexts     = 64 << 20  // bytes of all of these
	maxParts     = 200_000   // nodes of a condition with its macros put in
	maxAllParts  = 5_000_000 // nodes of all of these
)

// putLists puts the lists into a text, one after the other. It reports false
// where the text grows too large.
func (r *resolver) putLists(t text) (text, bool) {
	// What the text names, and the lists put in, is found first: most
	// conditions name few of many lists.
	named := slices.Clone(r.oddLists)
	r.nameLists(t.value, named)
	for i, l := range r.compiled.lists {
		if !named[i] {
			continue
		}
		with, ok := substitute(t, l)
		if !ok {
			return t, false
		}
		t = with
		r.nameLists(l.text.value, named)
	}
	return t, true
}

// nameLists marks the lists whose names stand between delimiters in a text.
func (r *resolver) nameLists(text string, named []bool) {
	for start := 0; start < len(text); {
		end := start
		for end < len(text) && !delimitsList(text[end]) {
			end++
		}
		if i, ok := r.loading.lists.index[text[start:end]]; ok {
			named[i] = true
		}
		start = end + 1
	}
}

// listBlanks are what the substitution of lists takes for white space.
const listBlanks = " \t\n\r"

// substitute puts a list's items in place of its name, wherever the name stands
// between delimiters, inside quotes too: the language does it on the text. It
// reports false where the text grows too large.
func substitute(t text, l *listText) (text, bool) {
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
	l.used = true
	b.slice(t, read, len(t.value))
	return b.text(), len(b.buf) <= maxCondition
}

func delimitsList(c byte) bool { return strings.IndexByte(listBlanks+"(),=", c) >= 0 }

// parse puts the lists into a condition and parses it. The expr is nil where
// that failed.
func (r *resolver) parse(t text, item, context []Location) *condition {
	c := &condition{given: t, text: t, item: item, context: context}
	t, ok := r.putLists(t)
	if !ok {
		r.failIn(c, ErrValidate, ast.Span{}, fmt.Sprintf("with its lists the condition has more than %d bytes", maxCondition))
		return c
	}
	if r.bytes += len(t.value); r.bytes > maxTexts {
		r.failIn(c, ErrValidate, ast.Span{}, fmt.Sprintf("with their lists the conditions up to this one have more than %d bytes", maxTexts))
		return c
	}
	c.text = t
	p, known := r.parses[t.value]
	if !known {
		p.expr, p.err = parser.Condition(t.value)
	}
	var errs parser.Errors
	switch {
	case errors.As(p.err, &errs):
		r.parseErrors(c, errs)
		c.partial = p.expr
	case p.err != nil:
		r.failIn(c, ErrCompileCondition, ast.Span{}, p.err.Error())
	default:
		if !known {
			r.parses[t.value] = p
		}
		c.expr = p.expr
		r.parsed = append(r.parsed, c)
	}
	return c
}

// parseErrors reports what is wrong in the text of a condition, first of all
// what Falco stops at.
func (r *resolver) parseErrors(c *condition, errs parser.Errors) {
	stop := errs.Stop()
	errs = slices.Clone(errs)
	slices.SortStableFunc(errs, func(a, b *parser.Error) int {
		switch first := a.Stop == stop; {
		case first == (b.Stop == stop):
			return 0
		case first:
			return -1
		}
		return 1
	})
	for _, e := range errs {
		d := r.failIn(c, ErrCompileCondition, e.Span, e.Message())
		d.Hint, d.Err = e.Hint, e
		d.Context = inCondition(c.context, c.text.value, e.Stop.Line, e.Stop.Column, e.Stop.Offset)
		d.condition = c.text.value
	}
}

// failIn reports an error at a span of a condition's text and returns it.
func (r *resolver) failIn(c *condition, code Code, span ast.Span, msg string) *Diagnostic {
	d := c.diagnostic(code, span, msg)
	r.add(d)
	return d
}

// diagnostic returns a diagnostic about a span of the condition's text.
func (c *condition) diagnostic(code Code, span ast.Span, msg string) *Diagnostic {
	d := &Diagnostic{Code: code, Message: msg, Position: c.text.position(span.Start.Offset)}
	if n := span.End.Offset; n > span.Start.Offset {
		if end := c.text.position(n - 1); end.File == d.Position.File && (end.Line > d.Position.Line || end.Line == d.Position.Line && end.Column >= d.Position.Column) {
			d.End = end
			d.End.Column++
		}
	}
	d.Context = inCondition(c.context, c.given.value, span.Start.Line, span.Start.Column, span.Start.Offset)
	d.condition = c.given.value
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
		x = before.expr
	}
	e.expansions[c.expr] = expanded{e.puts, x}
	e.sizes[x] = e.size
	e.parts += e.size
	return x
}

// expr returns x, which stands in c, with its macros resolved, or nil where that
// is not possible. What has no macros is shared, not copied.
func (e *expansion) expr(c *condition, x ast.Expr) ast.Expr {
	if e.size++; e.size > maxParts {
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
	if x, ok := e.done[ref.Name]; ok {
		e.size += e.sizes[x]
		e.puts = append(e.puts, x)
		return x
	}
	e.around[ref.Name] = true
	before := e.size
	x := e.expr(m.condition, m.expr)
	e.sizes[x] = e.size - before
	e.puts = append(e.puts, x)
	delete(e.around, ref.Name)
	e.done[ref.Name] = x
	return x
}

// at returns a diagnostic about a reference. To Falco, what does not load is the
// condition that is being resolved, and the place counts from its item.
func (e *expansion) at(ref reference, msg string) *Diagnostic {
	d := ref.in.diagnostic(ErrValidate, ref.Span, msg)
	start := ref.Span.Start
	d.Context = inCondition(e.top.item, e.top.given.value, start.Line, start.Column, start.Offset)
	d.condition = e.top.given.value
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
		d.Related = []Related{{later.nameAt, "defined here"}}
	} else if list, ok := e.loading.lists.get(ref.Name); ok {
		d.Hint = "a list of that name stands on the right of an operator: field in (" + ref.Name + ")"
		d.Related = []Related{{list.nameAt, "the list"}}
	} else {
		d.Hint = suggest.Hint(ref.Name, e.loading.macros.names)
		if meant := suggest.Nearest(ref.Name, e.loading.macros.names); meant != "" {
			d.Fix = &Fix{meant}
		} else {
			d.Hint = "if another file defines it, that one is to be loaded before"
		}
	}
	e.add(d)
}

// rule compiles a rule.
func (r *resolver) rule(def *ruleDef) {
	if r.unchanged(def) {
		return
	}
	before := len(r.result.Warnings)
	rows := r.checkRows(def)
	if r.stopped() {
		return
	}
	output, outputText, skip := r.output(def)
	if skip || !rows || r.stopped() {
		return
	}
	c := r.parse(withExceptions(def), def.context, def.conditionContext)
	if c.expr == nil {
		r.checkAlone(def, c, c.partial)
		return
	}
	x := r.expand(c, nil)
	if x == nil {
		r.checkAlone(def, c, c.expr)
		return
	}
	r.conditionWarnings(c, x)
	if err := r.builder.Check(def.source, x); err != nil {
		r.compileErrors(def, c, err)
		return
	}
	r.compileWarnings(def, c, x)
	if r.eventWarning(def, x); output == nil {
		return
	}
	done := &compiledRule{text: c.text, expr: x, rule: def.public(x, output, outputText, r.source(def.source))}
	done.warnings = slices.Clone(r.result.Warnings[min(before, len(r.result.Warnings)):])
	r.compiledRules[def] = done
	r.rules = append(r.rules, done.rule)
}

// unchanged takes over a rule that is as it was after an earlier file.
func (r *resolver) unchanged(def *ruleDef) bool {
	before := r.compiledRules[def]
	if before == nil {
		return false
	}
	c := r.parse(withExceptions(def), def.context, def.conditionContext)
	if c.expr == nil {
		return false
	}
	if !c.text.equal(before.text) || r.expand(c, nil) != before.expr {
		r.parsed = r.parsed[:len(r.parsed)-1] // it comes again
		return false
	}
	for _, w := range before.warnings {
		r.add(w)
	}
	r.rules = append(r.rules, before.rule)
	return true
}

// output compiles the output of a rule, and returns what of it is compiled; skip
// says that the rule is left out.
func (r *resolver) output(def *ruleDef) (output *eval.Output, compiled string, skip bool) {
	const containerInfo = "%container.info" // which adds nothing any more
	t := def.output
	if at := strings.Index(t.value, containerInfo); at >= 0 {
		d := r.warnAt(WarnDeprecatedItem, t.position(at), def.context, containerInfo+" is deprecated and prints nothing")
		d.End = t.position(at + len(containerInfo))
		t = t.without(containerInfo)
	}
	output, err := r.builder.CompileOutput(def.source, t.value)
	if err == nil {
		r.deprecatedInOutput(def, t)
		return output, t.value, false
	}
	var errs parser.Errors
	errors.As(err, &errs)
	first := errs[0]
	d := &Diagnostic{
		Code: ErrCompileOutput, Message: first.Message(), Hint: first.Hint, Err: first, Context: def.outputContext,
		Position: t.position(first.Span.Start.Offset), End: t.position(first.Span.End.Offset),
	}
	// To Falco all that follows a % and is no field is an unknown one.
	if def.skipUnknown && first.Err != nil {
		d.Code, d.Message = WarnUnknownFilter, "the rule is skipped: "+d.Message
		r.add(d)
		return nil, "", true
	}
	r.addFieldError(d, err, def)
	return nil, "", false
}

// checkAlone looks at the checks in a part of a condition that is not fit to be
// looked at as a whole.
func (r *resolver) checkAlone(def *ruleDef, c *condition, x ast.Expr) {
	if r.asFalco || x == nil {
		return
	}
	ast.Inspect(x, func(n ast.Node) bool {
		check, ok := n.(*ast.Check)
		if ok {
			ast.Inspect(check, func(part ast.Node) bool {
				r.owners[part] = c
				return true
			})
			if err := r.builder.Check(def.source, check); err != nil {
				r.compileErrors(def, c, err)
			}
		}
		return !ok
	})
}

// fieldError returns the error about a field or an event type, if err is one.
func fieldError(err error) (*fieldsets.FieldError, bool) {
	var field *fieldsets.FieldError
	return field, errors.As(err, &field)
}

// otherSource returns the source, not the rule's, that has the field of an error,
// or nil.
func (r *resolver) otherSource(e *fieldsets.FieldError, def *ruleDef) *fieldsets.Source {
	for _, s := range r.options.Sources {
		if e.Unknown && s.Name() != def.source && s.Has(e.Field) {
			return s
		}
	}
	return nil
}

// addFieldError adds what the evaluator says of a part of a rule. That a field is
// one of another source is said once for a rule: the source is the mistake.
func (r *resolver) addFieldError(d *Diagnostic, err error, def *ruleDef) {
	if e, ok := fieldError(err); ok {
		d.Hint = e.Hint
		if other := r.otherSource(e, def); other != nil {
			if r.misplaced[def] {
				return
			}
			r.misplaced[def] = true
			d.Hint = fmt.Sprintf("it is a field of source %s, and the rule is of source %s", other.Name(), def.source)
		}
	}
	r.add(d)
}

// compileErrors reports what does not fit the fields of the rule's source. The
// condition c is the rule's.
func (r *resolver) compileErrors(def *ruleDef, c *condition, err error) {
	var errs eval.CompileErrors
	errors.As(err, &errs)
	for i, e := range errs {
		if r.reported[e.Part] {
			continue
		}
		r.reported[e.Part] = true
		owner := r.owner(e.Node)
		d := owner.diagnostic(ErrCompileCondition, e.Part.Range(), e.Error())
		d.Err = e
		if owner != c {
			d.Related = []Related{{def.nameAt, fmt.Sprintf("used by rule %q", def.name)}}
		}
		// To Falco the rule is what does not load, also where a macro is to
		// blame.
		at := e.Node.Range().Start
		d.Context = inCondition(c.context, c.given.value, at.Line, at.Column, at.Offset)
		d.condition = c.given.value
		if i == 0 && def.skipUnknown && e.Unknown() {
			d.Code, d.Message = WarnUnknownFilter, "the rule is skipped: "+d.Message
			r.add(d)
			return
		}
		r.addFieldError(d, e, def)
	}
}

// owner returns the condition in whose text a node of a compiled condition
// stands. Every such node was parsed from one.
func (r *resolver) owner(n ast.Node) *condition {
	for ; r.owned < len(r.parsed); r.owned++ {
		c := r.parsed[r.owned]
		ast.Inspect(c.expr, func(x ast.Node) bool {
			r.owners[x] = c
			return true
		})
	}
	return r.owners[n]
}
