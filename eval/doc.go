// Package eval compiles conditions and evaluates them on events.
//
// A [Builder] compiles rules for their event sources, and a [Matcher] of the resulting
// [Engine] returns the rules that fire on an event:
//
//	b := eval.NewBuilder(source)
//	output, err := b.CompileOutput(source.Name(), "shell in %container.name")
//	...
//	err = b.Add(&eval.Rule{Name: "Shell", Source: source.Name(), Condition: x, Output: output})
//	...
//	m := b.Engine().NewMatcher(eval.FirstMatch)
//	for _, match := range m.Match(event) {
//		fmt.Println(match)
//	}
//
// Package loader makes rules from rules files. An [Explainer] explains why a rule fires on
// an event or does not. A [Compiler] compiles single conditions and output templates for
// an [Evaluator].
//
// All errors are reported when rules are compiled; matching cannot fail and, once warm,
// does not allocate memory. For each event, a field is extracted at most once, and a part
// that several rules share is evaluated at most once. An Engine is safe for concurrent
// use. A Builder, a Compiler, a Matcher, an Explainer and an Evaluator are for one
// goroutine each.
package eval
