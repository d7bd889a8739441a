package loader

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/rulesfile"
)

// conditionName is the file name in diagnostics about the text given to LoadCondition.
const conditionName = "condition"

// LoadCondition compiles one condition for events of a source. The condition may use the
// macros and lists of files; the rules in them are ignored. The list has a notice for
// each skipped file. The error is a [diag.List], in which the condition is the file
// "condition".
func LoadCondition(condition, source string, files []File, options Options) (*eval.Condition, diag.List, error) {
	options, files = options.withDefaults(), prepared(files)
	inputs, sources := readInputs(files, options)
	l := loadMacros(inputs, options)
	file, values := rulesfile.Texts(conditionName, condition)
	sources[conditionName] = file
	compiled := l.condition(values[0], source)
	l.result.locate(sources)
	notices := skipped(files, inputs, sources)
	if len(l.result.Errors) > 0 {
		return nil, notices, l.result.Errors
	}
	return compiled, notices, nil
}

// condition compiles a condition, or returns nil after an error.
func (l *loading) condition(condition rulesfile.Value, source string) *eval.Condition {
	file := condition.File()
	context := conditionContext(file)
	at := file.Range(0, 0).WithoutEnd()
	of := l.source(source)
	if of == nil {
		l.add(newDiagnostic(ErrValidate, diag.Range{File: file.Name()}, context, fmt.Sprintf("unknown source %q", source)))
		return nil
	}
	r := l.macroResolver()
	if r == nil {
		return nil
	}
	// Diagnostics about the condition of a rule apply to this one too.
	def := &ruleDef{definition: definition{nameAt: at, context: context}, source: source}
	c := r.parse(textOf(condition), context, context)
	if c.expr == nil {
		r.checkAlone(def, c, c.partial)
		return nil
	}
	x := r.expand(c, nil)
	if x == nil {
		r.checkAlone(def, c, c.expr)
		return nil
	}
	compiled, err := eval.NewCompiler(of).Condition(x)
	if err != nil {
		r.compileErrors(def, c, err)
		return nil
	}
	return compiled
}

// conditionContext returns the location of a condition that is a file of its own.
func conditionContext(file *rulesfile.File) []Location {
	return []Location{{Type: "condition", Content: file.Name()}}
}

// loadMacros reads files and leaves out the rules in them.
func loadMacros(inputs []*input, options Options) *loading {
	l := newLoading(options, false)
	l.noRules, l.result = true, &outcome{}
	l.last = true // there are no results of single files
	l.allow(inputs)
	for _, f := range inputs {
		l.read(f)
	}
	return l
}

// macroResolver returns a resolver that has compiled the lists and macros, or nil after an
// error in the lists.
func (l *loading) macroResolver() *resolver {
	r := l.newResolver()
	if !r.compileLists() {
		return nil
	}
	r.compileMacros()
	return r
}

// Conditions parses conditions that are not in rules files, such as those of routes, and
// returns their origins. The conditions may use the macros and lists of the ruleset, and
// names where Falco requires a number, as in alert.priority <= WARNING. They are not
// compiled: what their fields mean depends on the caller. If the rules did not load, there
// are no macros and lists. The error is a [diag.List]; conditions with an error are nil.
func (s *Ruleset) Conditions(texts []rulesfile.Value) ([]*Trace, error) {
	var inputs []*input
	index := newIndex(nil)
	if s.Engine != nil {
		inputs, index = s.inputs, s.index
	}
	l := loadMacros(inputs, s.options.withDefaults())
	l.names = true
	r := l.macroResolver()
	if r == nil {
		return make([]*Trace, len(texts)), l.result.Errors
	}
	sources := map[string]*rulesfile.File{}
	out := make([]*Trace, len(texts))
	for i, t := range texts {
		file := t.File()
		sources[file.Name()] = file
		context := conditionContext(file)
		c := r.parse(textOf(t), context, context)
		if c.expr == nil {
			continue
		}
		if x := r.expand(c, nil); x != nil {
			trace := newTrace(c, x, nil)
			trace.index = index
			out[i] = trace
		}
	}
	l.result.locate(sources)
	return out, l.result.Errors.Err()
}
