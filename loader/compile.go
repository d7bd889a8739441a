package loader

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/rulesfile"
)

// compiled is what came of compiling all files read so far.
type compiled struct {
	lists  []*listText
	macros map[string]*macro
	rules  []*Rule
	// parsed are the conditions in the order in which they were parsed.
	parsed []*condition
	// itemOf has the list that each item is written in, once it is asked for.
	itemOf map[rulesfile.Value]string
}

// memory is what compiling remembers, since after each file everything read so
// far is compiled again, and most is as it was.
type memory struct {
	builder *eval.Builder
	// words counts the words of the conditions that were parsed; maxWords bounds
	// them, and maxItems the items of lists.
	words, maxWords, maxItems int
	// copied counts what maxCopied bounds.
	copied int
	// parses has what came of parsing the texts of items.
	parses map[parseKey]parsed
	// expansions has what came of putting macros into a parsed condition.
	expansions map[ast.Expr]expanded
	// sizes has the number of nodes of each resolved condition.
	sizes map[ast.Expr]int
	// facts has what resolved conditions say, events which events they match.
	facts  map[factsKey]*facts
	events *syscall.EventFinder
	// open has the open branches of the resolved conditions of macros.
	open map[ast.Expr]*openBranch
	// vocabulary has the words of all conditions and lists that there were; it is nil
	// where it does not matter what they are.
	vocabulary map[string]bool
	// compiledRules has what came of the rules that compiled.
	compiledRules map[*ruleDef]*compiledRule
}

func newMemory(builder *eval.Builder) *memory {
	return &memory{
		builder: builder, parses: map[parseKey]parsed{}, expansions: map[ast.Expr]expanded{}, sizes: map[ast.Expr]int{},
		facts: map[factsKey]*facts{}, events: syscall.NewEventFinder(), open: map[ast.Expr]*openBranch{},
		compiledRules: map[*ruleDef]*compiledRule{},
	}
}

// parseKey is a condition's text and the item that it is of; see keyOf.
type parseKey struct{ kind, name, text string }

// parsed is what came of parsing a text.
type parsed struct {
	text string
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
	warnings diag.List
	rule     *Rule
}

// resolver turns the merged items into conditions and those into an engine.
type resolver struct {
	*loading
	*compiled
	// reported are the nodes that an error was given for: a macro's mistake
	// is one, however many rules use it.
	reported map[ast.Node]bool
	// macroNodes has the macro condition of each node of the first indexed macros of all.
	macroNodes map[ast.Node]*condition
	indexed    int
	// misplaced are the rules with fields of another source.
	misplaced map[*ruleDef]bool
	// oddLists has the lists whose names have delimiters in them, by the first
	// word in the name.
	oddLists map[string][]int
	// bytes, items and parts count what maxTexts, maxItems and maxAllParts bound.
	bytes, items, parts int
	// ahead has what was done ahead for conditions as they were given.
	ahead map[parseKey]*parsedAhead
	// again says that most was compiled before.
	again bool
	// all are the macros in order, and ruled how many of the rules were compiled.
	all   []*macro
	ruled int
	// warnings are those of the rules.
	warnings diag.List
}

// maxWork bounds how often what was compiled after one file is compiled again after
// another. The others are how much an item of a list, a macro or a rule, and an error
// counts.
const (
	maxWork   = 10_000_000
	listWork  = 3
	itemWork  = 20
	errorWork = 100
)

func (l *loading) newResolver() *resolver {
	l.compiled = &compiled{macros: map[string]*macro{}}
	return &resolver{
		loading: l, compiled: l.compiled, reported: map[ast.Node]bool{}, macroNodes: map[ast.Node]*condition{}, misplaced: map[*ruleDef]bool{},
		oddLists: map[string][]int{},
	}
}

// compile compiles everything read so far. Where that only adds to what was compiled
// before, the rest is not done again.
func (l *loading) compile() {
	r := l.before
	if r == nil || !r.canGoOn() {
		r = l.newResolver()
		r.again, l.compiledOnce = l.compiledOnce, true
		if len(l.inputs) > 1 && l.vocabulary == nil {
			l.vocabulary = map[string]bool{}
		}
	}
	l.before = nil
	l.lists.changed, l.macros.changed, l.rules.changed = false, false, false
	if r.more(); len(l.result.Errors) == 0 {
		l.before = r
	}
}

// canGoOn reports whether what was read since then leaves as it is what was
// compiled.
func (r *resolver) canGoOn() bool {
	l := r.loading
	if l.lists.changed || l.macros.changed || l.rules.changed || r.vocabulary == nil {
		return false
	}
	for _, list := range l.lists.items[len(r.compiled.lists):] {
		if word, _ := firstWord(list.name); word == "" || r.vocabulary[word] {
			return false // conditions may name it
		}
	}
	return true
}

// learn adds the words of a text.
func (r *resolver) learn(text string) {
	if r.vocabulary == nil {
		return
	}
	for text != "" {
		var word string
		if word, text = firstWord(text); word != "" && !r.vocabulary[word] {
			r.vocabulary[strings.Clone(word)] = true // the text itself is done with
		}
	}
}

// more compiles what was not compiled yet. Warnings about the rest are repeated as
// long as the results may repeat any, and after the last file.
func (r *resolver) more() {
	r.itemOf = nil
	firstMacro, firstList := len(r.all), len(r.compiled.lists)
	repeat := r.last || r.repeats < maxRepeats
	if repeat {
		firstMacro, firstList = 0, 0
	}
	if !r.compileLists() {
		return
	}
	defer r.parseAhead()()
	r.compileMacros()
	if repeat && !r.stopped() {
		r.result.Warnings = append(r.result.Warnings, r.warnings...)
	}
	before := len(r.result.Warnings)
	for _, def := range r.loading.rules.items[r.ruled:] {
		if r.stopped() {
			return
		}
		if !r.work(itemWork) {
			break
		}
		if !def.unknownSource {
			r.rule(def)
		}
		r.ruled++
	}
	r.warnings = append(r.warnings, r.result.Warnings[before:]...)
	if len(r.result.Errors) == 0 {
		r.unused(firstMacro, firstList)
	}
}

// work counts work. False says that it is too much, and was reported.
func (r *resolver) work(n int) bool {
	if r.worked += n; r.worked <= maxWork || r.last {
		return true
	}
	if r.asFalco {
		name := r.result.Name
		msg := "the files change too often what those before them define: to compile all of it after each file would take too long"
		d := newDiagnostic(ErrValidate, diag.Range{File: name}, []Location{{Type: "rules content", Content: name}}, msg)
		d.Hint = "put what belongs together into one file"
		r.add(d)
	}
	return false
}

// unused warns of macros and lists that nothing uses, from the given ones on.
func (r *resolver) unused(firstMacro, firstList int) {
	warn := func(d **diag.Diagnostic, code diag.Code, def *definition, format string) {
		if *d == nil {
			*d = newDiagnostic(code, def.nameAt, def.context, fmt.Sprintf(format, def.name))
		}
		r.add(*d)
	}
	for _, m := range r.all[firstMacro:] {
		if r.full() {
			return
		}
		if !m.used {
			warn(&m.unused, WarnUnusedMacro, &m.definition, "nothing uses macro %q")
		}
	}
	for i, l := range r.compiled.lists[firstList:] {
		if r.full() {
			return
		}
		if !l.used {
			warn(&l.unused, WarnUnusedList, &r.loading.lists.items[firstList+i].definition, "nothing uses list %q")
		}
	}
}

func (r *resolver) warnAt(code diag.Code, at diag.Range, context []Location, msg string) *diag.Diagnostic {
	d := newDiagnostic(code, at, context, msg)
	r.add(d)
	return d
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
	f := r.factsOf(r.source(def.source), x)
	r.conditionWarnings(def, c, f)
	if err := r.builder.Check(def.source, x); err != nil {
		r.compileErrors(def, c, err)
		return
	}
	r.compileWarnings(def, c, f)
	if r.eventWarning(def, c, x); output == nil {
		return
	}
	done := &compiledRule{text: c.text, expr: x, rule: def.public(x, output, outputText, pluginsOf(r.source(def.source), f, output))}
	done.warnings = slices.Clone(r.result.Warnings[min(before, len(r.result.Warnings)):])
	r.compiledRules[def] = done
	r.take(done.rule, c)
}

// unchanged takes over a rule that is as it was after an earlier file.
func (r *resolver) unchanged(def *ruleDef) bool {
	before := r.compiledRules[def]
	if before == nil {
		return false
	}
	parts := r.parts
	c := r.parse(withExceptions(def), def.context, def.conditionContext)
	if c.expr == nil {
		return false
	}
	if !c.text.equal(before.text) || r.expand(c, nil) != before.expr {
		// It comes again.
		r.parsed = r.parsed[:len(r.parsed)-1]
		r.parts = parts
		return false
	}
	for _, w := range before.warnings {
		r.add(w)
	}
	r.take(before.rule, c)
	return true
}

// take adds a rule that was compiled from a condition.
func (r *resolver) take(rule *Rule, c *condition) {
	rule.trace = newTrace(c, rule.Compiled, rule.Exceptions)
	r.rules = append(r.rules, rule)
}

// output compiles the output of a rule, and returns what of it is compiled; skip
// says that the rule is left out.
func (r *resolver) output(def *ruleDef) (output *eval.Template, compiled string, skip bool) {
	const containerInfo = "%container.info" // which adds nothing any more
	t := def.output.text()
	if at := strings.Index(t.value, containerInfo); at >= 0 {
		d := r.warnAt(WarnDeprecatedItem, t.span(at, at+len(containerInfo)), def.context, containerInfo+" is deprecated and prints nothing")
		d.Hint = "write container_id=%container.id container_name=%container.name"
		t = t.without(containerInfo)
	}
	if def.outputContext == nil {
		return nil, "", false // the rule has none, which was reported
	}
	output, err := r.builder.CompileOutput(def.source, t.value)
	if err == nil {
		r.deprecatedInOutput(def, t)
		return output, t.value, false
	}
	for from := 0; err != nil && !r.stopped(); { // what is behind a mistake is looked at alone
		first := diag.Of(err)[0]
		start, end := from+first.Range.Start.Offset, from+first.Range.End.Offset
		d := newDiagnostic(ErrCompileOutput, t.span(start, end), def.outputContext, first.Message)
		d.Hint, d.Err = first.Hint, first
		// To Falco all that follows a % and is no field is an unknown one.
		if def.skipUnknown && from == 0 && first.Err != nil {
			d.Code, d.Message = WarnUnknownFilter, "the rule is skipped: "+d.Message
			r.add(d)
			return nil, "", true
		}
		r.addFieldError(d, first, def)
		if from = end; start == end || from == len(t.value) {
			break
		}
		_, err = r.builder.CompileOutput(def.source, t.value[from:])
	}
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

// otherHint returns the hint that only another source has fields of the group of an
// unknown field, or nothing.
func (r *resolver) otherHint(e *fieldsets.FieldError, def *ruleDef) string {
	own := r.source(def.source)
	group, _, dotted := strings.Cut(e.Field, ".")
	if !dotted {
		return ""
	}
	var sources []string
	for _, s := range r.options.Sources {
		if s.HasGroup(group) && !own.HasGroup(group) {
			sources = append(sources, s.Name())
		}
	}
	if len(sources) == 1 {
		return fmt.Sprintf("fields that begin with %s. are of source %s", group, sources[0])
	}
	return ""
}

// addFieldError adds what the evaluator says of a part of a rule. That a field is
// one of another source is said once for a rule: the source is the mistake.
func (r *resolver) addFieldError(d *diag.Diagnostic, err error, def *ruleDef) {
	if e, ok := fieldError(err); ok {
		d.Hint = e.Hint
		if other := r.otherSource(e, def); other != nil {
			if r.misplaced[def] {
				return
			}
			r.misplaced[def] = true
			d.Hint = fmt.Sprintf("it is a field of source %s, and the rule is of source %s", other.Name(), def.source)
		} else if e.Unknown && e.Hint == "" {
			d.Hint = r.otherHint(e, def)
		}
	}
	r.add(d)
}

// inRule returns a diagnostic about a node of the condition c of a rule, which may be
// in a macro that the rule uses. Falco blames the rule in both cases, and its condition
// as a whole.
func (r *resolver) inRule(def *ruleDef, c *condition, code diag.Code, n ast.Node, msg string) *diag.Diagnostic {
	in := r.conditionOf(n, c)
	d := r.inText(in, code, n.Range(), msg)
	if in != c {
		d.Related = append(d.Related, diag.Related{Range: def.nameAt, Message: "used by " + def.describe()})
	}
	falco(d).locate(c.context, c.given.value, diag.Pos{})
	return d
}

// compileErrors reports what does not fit the fields of the rule's source. The
// condition c is the rule's.
func (r *resolver) compileErrors(def *ruleDef, c *condition, err error) {
	for i, e := range diag.Of(err) {
		nodes := eval.NodesOf(e)
		if r.conditionOf(nodes.Node, c) != c {
			if r.reported[nodes.Node] && !r.asFalco { // Falco stops here, or skips the rule
				continue
			}
			r.reported[nodes.Node] = true
		}
		d := r.inRule(def, c, ErrCompileCondition, nodes.Node, e.Message)
		d.Err, d.Hint = e, e.Hint
		falco(d).locate(c.context, c.given.value, nodes.Falco.Range().Start)
		if field, ok := fieldError(e); ok && field.Unknown && i == 0 && def.skipUnknown {
			d.Code, d.Message = WarnUnknownFilter, "the rule is skipped: "+d.Message
			r.add(d)
			return
		}
		r.addFieldError(d, e, def)
	}
}
