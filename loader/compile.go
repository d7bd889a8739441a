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

// compiled is the result of compiling all files read so far.
type compiled struct {
	lists  []*listText
	macros map[string]*macro
	rules  []*Rule
	// parsed are the conditions in the order in which they were parsed.
	parsed []*condition
	// listOfItem has the name of the list of each item. It is nil until it is needed.
	listOfItem map[rulesfile.Value]string
}

// cache has results of compiling. Everything read so far is compiled again after each file,
// and most of it has not changed.
type cache struct {
	builder *eval.Builder
	// words counts the words of the conditions that were parsed. maxWords limits them,
	// and maxItems the items of lists.
	words, maxWords, maxItems int
	// copied counts the bytes that maxCopied limits, appendedBytes those that maxAppended
	// limits, and addedFields the fields that maxFields limits.
	copied, appendedBytes, addedFields int
	// parses has the trees of texts.
	parses map[parseKey]parsed
	// expansions has the compiled conditions of trees.
	expansions map[ast.Expr]expanded
	// sizes has the number of nodes of each compiled condition.
	sizes map[ast.Expr]int
	// facts has the facts of compiled conditions, events the events that they match.
	facts  map[factsKey]*facts
	events *syscall.EventFinder
	// open has the open branches of the compiled conditions of macros.
	open map[ast.Expr]*openBranch
	// vocabulary has the words of all conditions and lists so far. It is nil if there is
	// only one file.
	vocabulary map[string]bool
	// compiledRules has the rules that compiled.
	compiledRules map[*ruleDef]*compiledRule
	// addedTemplates has the templates of fields that are added to outputs.
	addedTemplates map[templateKey]*eval.Template
}

func newCache(builder *eval.Builder) *cache {
	return &cache{
		builder: builder, parses: map[parseKey]parsed{}, expansions: map[ast.Expr]expanded{}, sizes: map[ast.Expr]int{},
		facts: map[factsKey]*facts{}, events: syscall.NewEventFinder(), open: map[ast.Expr]*openBranch{},
		compiledRules: map[*ruleDef]*compiledRule{}, addedTemplates: map[templateKey]*eval.Template{},
	}
}

// parseKey is the text of a condition and the item that it belongs to; see keyOf.
type parseKey struct{ kind, name, text string }

// parsed is the result of parsing a text.
type parsed struct {
	text string
	expr ast.Expr
	err  error
}

// expanded is a condition with its macros expanded, and the conditions of these macros.
type expanded struct {
	macros []ast.Expr
	expr   ast.Expr
}

// compiledRule is a rule with the text and the tree that it was compiled from, and its
// warnings.
type compiledRule struct {
	text     text
	expr     ast.Expr
	warnings diag.List
	rule     *Rule
}

// resolver compiles the merged items.
type resolver struct {
	*loading
	*compiled
	// reported has the nodes with an error that was reported. An error in a macro is
	// reported once, however many rules use the macro.
	reported map[ast.Node]bool
	// macroNodes has the macro condition of each node of the first indexed macros of all.
	macroNodes map[ast.Node]*condition
	indexed    int
	// misplaced are the rules with fields of another source.
	misplaced map[*ruleDef]bool
	// oddLists has the lists whose names contain delimiters, by the first word of the
	// name.
	oddLists map[string][]int
	// bytes, items and nodes count what maxTexts, maxItems and maxAllNodes limit.
	bytes, items, nodes int
	// ahead has the conditions that are parsed in advance, by their texts in the file.
	ahead map[parseKey]*parsedAhead
	// again says that most items were compiled before.
	again bool
	// all are the macros in order. The first ruled rules are compiled.
	all   []*macro
	ruled int
	// warnings are those about the rules.
	warnings diag.List
}

// maxWork limits how much is compiled again after each file. The others are the cost of an
// item of a list, a macro or a rule, and an error.
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

// compile compiles everything read so far. If the new items only add to those that were
// compiled before, it compiles only the new ones.
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

// canGoOn reports whether the items that were read since leave those that were compiled
// unchanged.
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
			r.vocabulary[strings.Clone(word)] = true // does not keep the text
		}
	}
}

// more compiles what is not compiled yet. It repeats warnings about the rest after the last
// file, and after the others up to maxRepeats.
func (r *resolver) more() {
	r.listOfItem = nil
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

// work counts work. It returns false if there is too much, which it reports.
func (r *resolver) work(n int) bool {
	if r.worked += n; r.worked <= maxWork || r.last {
		return true
	}
	if r.asFalco {
		name := r.result.Name
		msg := "the files redefine items of earlier files so often that compiling them after each file would take too long"
		d := newDiagnostic(ErrValidate, diag.Range{File: name}, []Location{{Type: "rules content", Content: name}}, msg)
		d.Hint = "merge files that redefine each other's items"
		r.add(d)
	}
	return false
}

// unused warns about macros and lists that nothing uses, from the given ones on.
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

// unchanged adds a rule again that has not changed since an earlier file. It returns false
// if the rule has changed.
func (r *resolver) unchanged(def *ruleDef) bool {
	before := r.compiledRules[def]
	if before == nil {
		return false
	}
	nodes := r.nodes
	c := r.parse(withExceptions(def), def.context, def.conditionContext)
	if c.expr == nil {
		return false
	}
	if !c.text.equal(before.text) || r.expand(c, nil) != before.expr {
		// The caller compiles it again.
		r.parsed = r.parsed[:len(r.parsed)-1]
		r.nodes = nodes
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

// containerInfo is what Falco removes from outputs.
const containerInfo = "%container.info"

// warnContainerInfo warns about containerInfo in an output.
func (r *resolver) warnContainerInfo(def *ruleDef, at diag.Range) {
	d := r.warnAt(WarnDeprecatedItem, at, def.context, containerInfo+" is deprecated and prints nothing")
	d.Hint = "write container_id=%container.id container_name=%container.name"
}

// output compiles the output of a rule, and returns the text that it compiled. skip says
// that the rule is skipped.
func (r *resolver) output(def *ruleDef) (output *eval.Template, compiled text, skip bool) {
	t := def.output.text()
	if at := strings.Index(t.value, containerInfo); at >= 0 {
		r.warnContainerInfo(def, t.span(at, at+len(containerInfo)))
		t = t.without(containerInfo)
	}
	if def.outputContext == nil {
		return nil, text{}, false // it has no output, which was reported
	}
	t, appended, ok := r.withAppended(def, t)
	if !ok {
		return nil, text{}, false
	}
	output, err := r.builder.CompileOutput(def.source, t.value)
	if err == nil {
		r.deprecatedInOutput(def, t, appended)
		if !r.addFields(def, output) {
			return nil, text{}, false
		}
		return output, t, false
	}
	for from := 0; err != nil && !r.stopped(); { // compile what follows the error alone
		first := diag.Of(err)[0]
		start, end := from+first.Range.Start.Offset, from+first.Range.End.Offset
		at, isAppended := inOutput(t, appended, start, end)
		d := newDiagnostic(ErrCompileOutput, at, def.outputContext, first.Message)
		d.Hint, d.Err = first.Hint, first
		if isAppended {
			r.inAppended(d, def)
		}
		// For Falco anything after a % that is not a field is an unknown field.
		if def.skipUnknown && from == 0 && first.Err != nil {
			d.Code, d.Message = WarnUnknownFilter, "the rule is skipped: "+d.Message
			r.add(d)
			return nil, text{}, true
		}
		r.addFieldError(d, first, def)
		if from = end; start == end || from == len(t.value) {
			break
		}
		_, err = r.builder.CompileOutput(def.source, t.value[from:])
	}
	return nil, text{}, false
}

// checkAlone reports errors in the checks of an expression, each alone, if it cannot be
// compiled as a whole.
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

// otherSource returns another source that has the unknown field of an error, or nil.
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
		return fmt.Sprintf("only source %s has %s fields", sources[0], group)
	}
	return ""
}

// addFieldError adds an error of the evaluator. It reports a field of another source only
// once for a rule, because the mistake is the source.
func (r *resolver) addFieldError(d *diag.Diagnostic, err error, def *ruleDef) {
	if e, ok := fieldError(err); ok {
		d.Hint = e.Hint
		if other := r.otherSource(e, def); other != nil {
			if r.misplaced[def] {
				return
			}
			r.misplaced[def] = true
			what := "rule has"
			if def.name == "" {
				what = "condition is for events of"
			}
			d.Hint = fmt.Sprintf("it is a field of source %s, but the %s source %s", other.Name(), what, def.source)
		} else if e.Unknown && e.Hint == "" {
			d.Hint = r.otherHint(e, def)
		}
	}
	r.add(d)
}

// inRule returns a diagnostic about a node of the condition c of a rule, or of a macro that
// the rule uses. Falco reports the whole condition of the rule in both cases.
func (r *resolver) inRule(def *ruleDef, c *condition, code diag.Code, n ast.Node, msg string) *diag.Diagnostic {
	in := r.conditionOf(n, c)
	d := r.inText(in, code, n.Range(), msg)
	if in != c {
		d.Related = append(d.Related, diag.Related{Range: def.nameAt, Message: "used by " + def.describe()})
	}
	falco(d).locate(c.context, c.given.value, diag.Pos{})
	return d
}

// compileErrors reports the errors of compiling the condition c of a rule.
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
