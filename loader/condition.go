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
	l := newLoading(options.withDefaults(), false)
	l.noRules, files = true, prepared(files)
	inputs, sources := readInputs(files, l.options)
	l.result = &outcome{}
	l.allow(inputs)
	for _, f := range inputs {
		l.read(f)
	}
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
	context := []Location{{Type: "condition", Content: file.Name()}}
	at := startOf(file.Range(0, 0))
	of := l.source(source)
	if of == nil {
		l.add(newDiagnostic(ErrValidate, diag.Range{File: file.Name()}, context, fmt.Sprintf("unknown source %q", source)))
		return nil
	}
	l.last = true // there are no results of single files
	r := l.newResolver()
	if !r.compileLists() {
		return nil
	}
	r.compileMacros()
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
