package loader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/rulesfile"
)

// Ruleset is a set of rules, with the results of the files that they were read from.
// It is safe for concurrent use.
type Ruleset struct {
	// Engine runs the rules. It is nil if they did not load.
	Engine *eval.Engine
	// Results has Falco's verdict on each file that is not context, in load order.
	Results []*Result
	// Errors, Warnings and Notices are those of all files, each once. They leave out
	// warnings that Falco reports only because it has not read the later files yet, for
	// example that a macro is unused which a later file uses.
	Errors, Warnings, Notices diag.List

	// Rules, Macros and Lists are the items that all files together define, in order,
	// without rules that were skipped. If the files did not load, there are no rules
	// and no macros, and the lists are those that could be read, with their Items only.
	Rules  []*Rule
	Macros []*Macro
	Lists  []*List
	// EngineVersion is the newest version of the rules engine that a file requires, or
	// the zero Version if none does.
	EngineVersion Version
	// Plugins are the plugins that the files require. Each element is a plugin followed
	// by its alternatives, any of which is enough.
	Plugins [][]Plugin
	// Sources are the event sources that the rules were loaded for.
	Sources []*fieldsets.Source

	index   *index
	options Options
	// inputs are the files as they were read, sources the files that positions refer to.
	inputs  []*input
	sources map[string]*rulesfile.File
	// parsed are the conditions of files that do not load.
	parsed []Parsed
}

// Diagnostics returns the errors, warnings and notices, in this order.
func (s *Ruleset) Diagnostics() diag.List { return slices.Concat(s.Errors, s.Warnings, s.Notices) }

// Rule returns the rule with the given name, or nil. It also finds rules that the caller
// has removed from Rules.
func (s *Ruleset) Rule(name string) *Rule {
	if s.index == nil { // the rules did not load
		return nil
	}
	return s.index.rules[name]
}

// Source returns the event source with the given name, or nil.
func (s *Ruleset) Source(name string) *fieldsets.Source {
	i := slices.IndexFunc(s.Sources, func(source *fieldsets.Source) bool { return source.Name() == name })
	if i < 0 {
		return nil
	}
	return s.Sources[i]
}

// Locate completes a diagnostic that the caller made about a file of the ruleset: it sets
// the Line, and the input that [InputOf] returns.
func (s *Ruleset) Locate(d *diag.Diagnostic) { locate(d, s.sources) }

// IsContext reports whether an input, named as by [InputOf], is loaded only as context;
// see [File.Context].
func (s *Ruleset) IsContext(input string) bool {
	context := false
	for _, f := range s.inputs {
		if f.file.Name() == input {
			if !f.context {
				return false
			}
			context = true
		}
	}
	return context
}

// Files returns the files that rules were read from, in load order, whether they loaded
// or not. Rules files inside another file are files of their own; the outer file is
// returned too only if it also has rules or mistakes of its own.
func (s *Ruleset) Files() []*rulesfile.File {
	files := make([]*rulesfile.File, 0, len(s.inputs))
	for _, f := range s.inputs {
		if len(f.overrides) == 0 {
			files = append(files, f.file)
		}
	}
	return files
}

// Parsed is the condition of a rule or a macro as written; see [Trace.Expr].
type Parsed struct {
	// Item has the name of the rule or macro.
	Item diag.Item
	*Trace
}

// Parsed returns the conditions of all macros and then those of all rules. If the files
// did not load, it returns the conditions that could be parsed.
func (s *Ruleset) Parsed() []Parsed {
	if s.Engine == nil {
		return s.parsed
	}
	var out []Parsed
	for _, m := range s.Macros {
		out = append(out, Parsed{diag.Item{Kind: "macro", Name: m.Name}, m.trace})
	}
	for _, r := range s.Rules {
		out = append(out, Parsed{diag.Item{Kind: "rule", Name: r.Name}, r.trace})
	}
	return out
}

// Result is Falco's verdict on one file, loaded after the files before it.
type Result struct {
	// Name is the file's name.
	Name string
	// Errors has the error at which Falco stops first, and then all others. The first
	// error can be the same as an earlier file's.
	Errors diag.List
	// Warnings begins with the warnings that Falco reports before it stops; FalcoWarnings
	// is their number. All other warnings follow.
	Warnings      diag.List
	FalcoWarnings int
	// SchemaChecked is true if the file was validated against Falco's schema of rules
	// files, as Falco does if the YAML is valid. SchemaErrors are the differences. They
	// do not affect the verdict.
	SchemaChecked bool
	SchemaErrors  []string
}

// Successful reports whether Falco accepts the file.
func (r *Result) Successful() bool { return len(r.Errors) == 0 }

// Definition has the name and the origin of a rule, macro or list.
type Definition struct {
	Name string
	// Defined is the range of its last definition, and NameAt that of the name there.
	// Changed has the ranges of later items that append to it or override it.
	Defined, NameAt diag.Range
	Changed         []diag.Range
	// From has these items: the definition, and then those that changed it. It has no
	// items for [Options.Overrides].
	From []*rulesfile.Item
}

// List is a list of a ruleset.
type List struct {
	Definition
	// Items are the items as written. In Compiled, names of lists are replaced by the
	// items of these lists.
	Items, Compiled []string
	// Used is true if a condition or another list uses it.
	Used bool
}

// Macro is a macro of a ruleset.
type Macro struct {
	Definition
	// Condition is the text as written, and Compiled the condition with lists and macros
	// expanded.
	Condition string
	Compiled  ast.Expr
	// Used is true if a rule or another macro uses it.
	Used bool

	trace *Trace
}

// Rule is a rule of a ruleset.
type Rule struct {
	Definition
	Source   string
	Desc     string
	Priority eval.Priority
	Tags     []string // sorted
	Enabled  bool
	// EnabledAt is the range of the last value that enables or disables the rule, or the
	// zero Range if no file does.
	EnabledAt diag.Range
	// Capture makes Falco record system calls for CaptureDuration milliseconds when the
	// rule fires.
	Capture         bool
	CaptureDuration uint32
	// Condition and Output are the texts as written, including appended text.
	Condition, Output string
	Exceptions        []Exception
	// Compiled is the condition including exceptions, with lists and macros expanded.
	Compiled ast.Expr
	// CompiledOutput is the output without the fields that Falco removes from it, and
	// Template the compiled output.
	CompiledOutput string
	Template       *eval.Template
	// Plugins are the plugins that provide the rule's events and fields, sorted.
	Plugins []string

	trace *Trace
	// output is CompiledOutput.
	output text
}

// OutputRange returns the range in a file of a node of Template.Tree(), or of a part of
// CompiledOutput given as a [diag.Span].
func (r *Rule) OutputRange(n ast.Node) diag.Range { return r.output.rangeOf(n) }

// ReplaceOutput returns the edits that replace a node of the output, or a part of it as in
// OutputRange, by another text. It is an error if that is not written in one piece.
func (r *Rule) ReplaceOutput(n ast.Node, text string) ([]diag.Edit, error) {
	span := n.Range()
	return r.output.replace(span.Start.Offset, span.End.Offset, text)
}

// Exception is an exception of a rule.
type Exception struct {
	Name string
	// NameAt is the range of its name.
	NameAt diag.Range
	// Fields has at least one field, and Comps the comparison operator of each.
	Fields, Comps []string
	// HasValues is true if it has values. An exception without values has no effect.
	HasValues bool
}

// Plugin is a plugin that a file requires.
type Plugin struct {
	Name, Version string
	// Range is where the version is written.
	Range diag.Range
}

// key identifies a diagnostic.
type key struct {
	code    diag.Code
	at      diag.Range
	message string
}

func keyOfDiagnostic(d *diag.Diagnostic) key { return key{d.Code, d.Range, d.Message} }

// unseen returns those of list that are not in seen, and adds them to it.
func unseen(list diag.List, seen map[key]*diag.Diagnostic) diag.List {
	var out diag.List
	for _, d := range list {
		if k := keyOfDiagnostic(d); seen[k] == nil {
			seen[k] = d
			out = append(out, d)
		}
	}
	return out
}

func keysOf(lists ...diag.List) map[key]*diag.Diagnostic {
	seen := map[key]*diag.Diagnostic{}
	for _, list := range lists {
		for _, d := range list {
			seen[keyOfDiagnostic(d)] = d
		}
	}
	return seen
}

// summary collects the diagnostics of all files, each once.
type summary struct {
	set  *Ruleset
	seen map[key]*diag.Diagnostic
	// compiled are the warnings from compiling. Those after a file replace those after
	// the previous file.
	compiled diag.List
}

// newSummary returns a summary with the notices about skipped files and documents.
func newSummary(set *Ruleset, files []File, inputs []*input, sources map[string]*rulesfile.File) *summary {
	s := &summary{set: set, seen: map[key]*diag.Diagnostic{}}
	set.Notices = unseen(skipped(files, inputs, sources), s.seen)
	return s
}

// skipped returns the notices about what was skipped in directories and in files that wrap
// rules.
func skipped(files []File, inputs []*input, sources map[string]*rulesfile.File) diag.List {
	o := &outcome{}
	for _, f := range files {
		if f.Skipped != nil && !f.Context {
			o.notices = append(o.notices, f.Skipped)
		}
	}
	for _, f := range inputs {
		if !f.context {
			o.notices = append(o.notices, f.skipped...)
		}
	}
	o.locate(sources)
	return o.notices
}

// share replaces diagnostics by equal ones of earlier files.
func (s *summary) share(list diag.List) diag.List {
	for i, d := range list {
		if same := s.seen[keyOfDiagnostic(d)]; same != nil {
			list[i] = same
		}
	}
	return list
}

func (s *summary) add(o *outcome) {
	s.set.Errors = append(s.set.Errors, unseen(o.Errors, s.seen)...)
	s.set.Warnings = append(s.set.Warnings, unseen(o.Warnings[:o.read], s.seen)...)
	s.set.Notices = append(s.set.Notices, unseen(o.notices, s.seen)...)
	if len(o.compiled) > 0 || len(o.Errors) == 0 {
		s.compiled = o.compiled
	}
	o.compiled = nil // the Result of the file keeps the outcome in memory
}

func (s *summary) done() {
	s.set.Warnings = append(s.set.Warnings, unseen(s.compiled, s.seen)...)
}

// merge adds the diagnostics that Falco does not reach to the result of a rejected file.
func (r *Result) merge(o *outcome) {
	if len(r.Errors) == 0 {
		return
	}
	// The same error can have more details.
	first := r.Errors[0]
	at := falco(first).Locations
	if i := slices.IndexFunc(o.Errors, func(d *diag.Diagnostic) bool { return d.Code == first.Code && slices.Equal(falco(d).Locations, at) }); i >= 0 {
		r.Errors[0] = o.Errors[i]
	}
	r.Errors = append(r.Errors, unseen(o.Errors, keysOf(r.Errors))...)
	r.Warnings = append(r.Warnings, unseen(o.Warnings, keysOf(r.Warnings))...)
}

// resolved sets the items and the engine of files that loaded.
func (s *Ruleset) resolved(l *loading) {
	c := l.compiled
	if c == nil { // there were no files
		c = &compiled{}
	}
	s.index = newIndex(l.lists.items)
	for _, r := range c.rules {
		r.trace.index = s.index
		s.Rules, s.index.rules[r.Name] = append(s.Rules, r), r
	}
	s.Engine = newEngine(l.builder, s.Rules, l.options)
	for _, m := range l.macros.items {
		of := c.macros[m.name]
		macro := &Macro{Definition: m.public(), Condition: m.condition.text().value, Compiled: of.resolved, Used: of.used}
		macro.trace = newTrace(of.condition, of.resolved, nil)
		macro.trace.index = s.index
		s.Macros, s.index.macros[m.name] = append(s.Macros, macro), macro
	}
	for i, d := range l.lists.items {
		list := d.public()
		list.Compiled, list.Used = c.lists[i].items, c.lists[i].used
		s.Lists, s.index.lists[d.name] = append(s.Lists, list), list
	}
	s.EngineVersion, s.Plugins = l.engine, l.plugins
}

// newEngine returns the engine for rules that compiled.
func newEngine(b *eval.Builder, rules []*Rule, options Options) *eval.Engine {
	b.AlertFormat = options.AlertFormat
	add := func(r *Rule, enabled bool) {
		rule := &eval.Rule{Name: r.Name, Source: r.Source, Priority: r.Priority, Tags: r.Tags, Condition: r.Compiled, Output: r.Template, Disabled: !enabled}
		if err := b.Add(rule); err != nil {
			panic(fmt.Sprintf("loader: rule %q passed the checks but was rejected: %v", r.Name, err))
		}
	}
	if options.Selection == nil {
		for _, r := range rules {
			add(r, r.Enabled)
		}
		return b.Engine()
	}
	selected := map[*Rule]bool{}
	for _, r := range options.Selection.Select(rules) {
		selected[r] = true
		add(r, true)
	}
	for _, r := range rules {
		if !selected[r] {
			add(r, false)
		}
	}
	return b.Engine()
}

// unresolved sets the lists that were read, and the conditions that were parsed, of files
// that do not load.
func (s *Ruleset) unresolved(l *loading) {
	if l.compiled == nil {
		return
	}
	index := newIndex(l.lists.items)
	for _, d := range l.lists.items {
		list := d.public()
		s.Lists, index.lists[d.name] = append(s.Lists, list), list
	}
	for _, c := range l.compiled.parsed {
		of, trace := c.item[len(c.item)-1], newTrace(c, nil, nil)
		trace.index = index
		s.parsed = append(s.parsed, Parsed{diag.Item{Kind: of.Type, Name: of.Name}, trace})
	}
}

// public returns the list as it is written.
func (d *listDef) public() *List {
	list := &List{Definition: d.definition.public()}
	for _, item := range d.items {
		list.Items = append(list.Items, item.Text())
	}
	return list
}

func (d *definition) public() Definition {
	return Definition{Name: d.name, Defined: d.at, NameAt: d.nameAt, Changed: d.changes, From: d.from}
}

// public returns the rule, its condition and its output compiled.
func (d *ruleDef) public(condition ast.Expr, output *eval.Template, outputText text, plugins []string) *Rule {
	r := &Rule{
		Definition: d.definition.public(), Source: d.source, Desc: strings.Join(d.desc, " "), Priority: d.priority, Tags: slices.Compact(slices.Sorted(slices.Values(d.tags))), Enabled: d.enabled.is, EnabledAt: d.enabled.at,
		Capture: d.capture, CaptureDuration: d.captureDuration,
		Condition: d.condition.text().value, Output: d.output.text().value,
		Compiled: condition, CompiledOutput: outputText.value, Template: output, Plugins: plugins, output: outputText,
	}
	for _, e := range d.exceptions {
		r.Exceptions = append(r.Exceptions, Exception{e.name, nameOf(e.item.Value, "name").Range(), e.fields.texts(), e.operators(), len(e.values) > 0})
	}
	return r
}

// pluginsOf returns the plugins that a source, and the fields of a condition and an
// output, come from, sorted.
func pluginsOf(source *fieldsets.Source, condition *facts, output *eval.Template) []string {
	names := slices.Concat([]string{source.Plugin()}, condition.plugins, fieldPlugins(source, output.Tree()))
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" }) // built-in
	slices.Sort(names)
	return slices.Compact(names)
}

// locate adds the lines that diagnostics are about, and the names of their inputs.
func (o *outcome) locate(sources map[string]*rulesfile.File) {
	for _, list := range []diag.List{o.Errors, o.Warnings, o.notices} {
		for _, d := range list {
			locate(d, sources)
		}
	}
}

// locate adds the line that a diagnostic is about, and the name of its input.
func locate(d *diag.Diagnostic, sources map[string]*rulesfile.File) {
	c := falco(d)
	if f := sources[d.Range.File]; f != nil {
		d.Line = f.Line(d.Range.Start.Line)
		c.input = f.FileAt(d.Range.Start, sources[falcoInput(d)]).Name()
	}
	if n := len(c.Locations); n > 0 {
		last, text := c.Locations[n-1], c.text
		if f := sources[last.Content]; text == "" && f != nil {
			text = f.Text()
		}
		c.Snippet = falcoSnippet(text, last.Offset)
	}
}
