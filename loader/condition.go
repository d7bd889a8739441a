package loader

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// conditionName is what diagnostics call the text given to LoadCondition.
const conditionName = "condition"

// LoadCondition compiles one condition for events of a source, as a ruleset of
// one rule that fires where the condition holds. The condition may use the
// macros and lists of files; rules in them do not count. The error is a
// [Diagnostics], in which the condition is the file "condition".
func LoadCondition(condition, source string, files []File, options Options) (*Ruleset, error) {
	l := newLoading(options.withDefaults(), false)
	l.noRules = true
	inputs, sources := readInputs(files, l.options)
	l.allow(inputs)
	l.result = &outcome{}
	for _, f := range inputs {
		l.read(f)
	}
	src := newSource(conditionName, condition)
	sources[conditionName] = src
	node := &yamlfile.Node{Kind: yamlfile.Scalar, Value: condition, Tag: "!!str", Start: diag.Pos{Line: 1, Column: 1}}
	top := []Location{{Type: "rules content", Content: conditionName}}
	if l.source(source) == nil {
		l.add(&Diagnostic{
			Code: ErrValidate, Position: Position{File: conditionName}, Context: top,
			Message: fmt.Sprintf("no events of source %q are known here", source),
		})
	} else {
		it := &item{loading: l, src: src, node: node, context: top}
		context := src.under(top, "rule", "", node)
		output := &yamlfile.Node{Kind: yamlfile.Scalar, Value: "holds", Tag: "!!str", Start: diag.Pos{Line: 1, Column: 1}}
		define(&l.collection, &l.rules, &ruleDef{
			definition: it.definition("rule", scalar{src, node}), source: source, priority: eval.PriorityDebug, enabled: true,
			condition: longTextOf(textOf(scalar{src, node})), output: longTextOf(textOf(scalar{src, output})), conditionContext: context, outputContext: context,
		})
		l.compile()
	}
	l.result.locate(sources)
	set := &Ruleset{Errors: l.result.Errors, Warnings: l.result.Warnings, Notices: skipped(files, inputs, sources)}
	if len(set.Errors) > 0 {
		return set, set.Errors
	}
	set.resolved(l)
	return set, nil
}
