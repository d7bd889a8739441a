package loader

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
)

// conditionName is what diagnostics call the text given to LoadCondition.
const conditionName = "condition"

// LoadCondition compiles one condition for events of a source. The condition may use the
// macros and lists of files; rules in them do not count. The notices say which files were
// skipped. The error is a [diag.List], in which the condition is the file "condition".
func LoadCondition(condition, source string, files []File, options Options) (*eval.Condition, diag.List, error) {
	l := newLoading(options.withDefaults(), false)
	l.noRules, files = true, prepared(files)
	inputs, sources := readInputs(files, l.options)
	l.result = &outcome{}
	l.allow(inputs)
	for _, f := range inputs {
		l.read(f)
	}
	src := newPlainSource(conditionName, condition)
	sources[conditionName] = src
	compiled := l.condition(src, source)
	l.result.locate(sources)
	notices := skipped(files, inputs, sources)
	if len(l.result.Errors) > 0 {
		return nil, notices, l.result.Errors
	}
	return compiled, notices, nil
}

// condition compiles the condition that is the text of src, or returns nil after an error.
func (l *loading) condition(src *source, source string) *eval.Condition {
	context := []Location{{Type: "condition", Content: src.name}}
	at := startOf(src.place(1, 1, 0))
	of := l.source(source)
	if of == nil {
		l.add(newDiagnostic(ErrValidate, diag.Range{File: src.name}, context, fmt.Sprintf("no events of source %q are known here", source)))
		return nil
	}
	l.last = true // there are no results of single files
	r := l.newResolver()
	if !r.compileLists() {
		return nil
	}
	r.compileMacros()
	// What diagnostics say of the condition of a rule, they say of this one.
	def := &ruleDef{definition: definition{nameAt: at, context: context}, source: source}
	c := r.parse(textOf(src.plainScalar(1, src.text)), context, context)
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
