package main

import (
	"context"
	"strings"

	"cel.dev/cel-go/cel"
	"github.com/expr-lang/expr"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/parser"
)

// holder reports whether a condition holds for the n-th request. Engines that return an
// error are not timed.
type holder func(n int) (bool, error)

// engine prepares an evaluation, which is not timed: it compiles a condition and converts
// the requests to the representation that is fastest for the engine.
type engine struct {
	name    string
	prepare func(condition, []*request) (holder, error)
}

func engines() []engine {
	return []engine{
		{"falcorules", prepareRequests},
		{"falcorules, over audit events", prepareAudit},
		{"expr", prepareExpr},
		{"cel-go", prepareCEL},
		{"opa", prepareOPA},
	}
}

// matching returns a holder for a condition on events of a source.
func matching(source *fieldsets.Source, text string, events []*fieldsets.Event) (holder, error) {
	x, err := parser.Condition(text)
	if err != nil {
		return nil, err
	}
	b := eval.NewBuilder(source)
	output, err := b.CompileOutput(source.Name(), "holds")
	if err != nil {
		return nil, err
	}
	if err := b.Add(&eval.Rule{Name: text, Source: source.Name(), Condition: x, Output: output}); err != nil {
		return nil, err
	}
	matcher := b.Engine().NewMatcher(eval.FirstMatch)
	return func(n int) (bool, error) { return len(matcher.Match(events[n])) > 0, nil }, nil
}

func prepareRequests(c condition, all []*request) (holder, error) {
	return matching(requestSource(), c.falco, asRequests(all))
}

// prepareAudit uses the fields of k8s_audit, which are read from the JSON of the event.
func prepareAudit(c condition, all []*request) (holder, error) {
	events, err := asAudit(all)
	if err != nil {
		return nil, err
	}
	text := strings.NewReplacer(
		"req.stage", "ka.stage", "req.verb", "ka.verb", "req.resource", "ka.target.resource", "req.ns", "ka.target.namespace",
		"req.name", "ka.target.name", "req.user", "ka.user.name", "req.uri", "ka.uri",
	).Replace(c.falco)
	return matching(k8saudit.NewSource(), text, events)
}

// prepareExpr passes variables as a map, which is faster than a struct.
func prepareExpr(c condition, all []*request) (holder, error) {
	program, err := expr.Compile(c.expr, expr.Env(all[0].names()), expr.AsBool())
	if err != nil {
		return nil, err
	}
	inputs := make([]map[string]any, len(all))
	for i, r := range all {
		inputs[i] = r.names()
	}
	return func(n int) (bool, error) {
		holds, err := expr.Run(program, inputs[n])
		if err != nil {
			return false, err
		}
		return holds.(bool), nil
	}, nil
}

// prepareCEL passes variables as a map, and enables cel-go's optimizations.
func prepareCEL(c condition, all []*request) (holder, error) {
	var variables []cel.EnvOption
	for name := range all[0].names() {
		variables = append(variables, cel.Variable(name, cel.StringType))
	}
	env, err := cel.NewEnv(variables...)
	if err != nil {
		return nil, err
	}
	tree, issues := env.Compile(c.cel)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	program, err := env.Program(tree, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	inputs := make([]cel.Activation, len(all))
	for i, r := range all {
		if inputs[i], err = cel.NewActivation(r.names()); err != nil {
			return nil, err
		}
	}
	return func(n int) (bool, error) {
		holds, _, err := program.Eval(inputs[n])
		if err != nil {
			return false, err
		}
		return holds.Value().(bool), nil
	}, nil
}

// prepareOPA passes values in OPA's own representation to a partially evaluated query.
func prepareOPA(c condition, all []*request) (holder, error) {
	ctx := context.Background()
	query, err := rego.New(
		rego.Query("data.bench.holds"),
		rego.Module("bench.rego", "package bench\n\ndefault holds := false\n\n"+c.rego),
	).PrepareForEval(ctx, rego.WithPartialEval())
	if err != nil {
		return nil, err
	}
	inputs := make([]ast.Value, len(all))
	for i, r := range all {
		if inputs[i], err = ast.InterfaceToValue(r.names()); err != nil {
			return nil, err
		}
	}
	return func(n int) (bool, error) {
		results, err := query.Eval(ctx, rego.EvalParsedInput(inputs[n]))
		if err != nil {
			return false, err
		}
		return results.Allowed(), nil
	}, nil
}
