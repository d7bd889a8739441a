package loader

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/eval"
)

// conditionName is what diagnostics call the text given to LoadCondition.
const conditionName = "condition"

// LoadCondition compiles one condition for events of a source, as a ruleset of
// one rule that fires where the condition holds. The condition may use the
// macros and lists of files; rules in them do not count. The error is a
// [Diagnostics], in which the condition is the file "condition".
func LoadCondition(condition, source string, files []File, options Options) (*Ruleset, error) {
	c := collect(files, options, true)
	src := newSource(File{Name: conditionName, Data: []byte(condition)})
	c.sources[conditionName] = src
	at := Position{File: conditionName, Line: 1, Column: 1}
	in := func(text string) scalar {
		return scalar{src, &yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: 1, Column: 1}}
	}
	if c.source(source) == nil {
		c.fail(ErrValidate, Position{File: conditionName}, 0, nil, fmt.Sprintf("no events of source %q are known here", source), "")
		return nil, c.errs
	}
	context := []Location{{Type: "rules content", Position: Position{File: conditionName}}, {Type: "rule", Position: at}}
	c.defineRule(&ruleDef{
		name: conditionName, source: source, priority: eval.PriorityDebug, enabled: true,
		condition: textOf(in(condition)), output: textOf(in("%evt.num")),
		position: at, context: context, conditionContext: context, outputContext: context,
	})
	engine := c.resolve()
	if len(c.errs) > 0 {
		return nil, c.errs
	}
	return &Ruleset{Engine: engine, Warnings: c.warns}, nil
}
