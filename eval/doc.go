// Package eval turns conditions into programs and runs them over events.
//
// A [Builder] takes rules, checks them against the fields of their sources and gives an
// [Engine]. After that nothing can fail. Equal parts of several rules are kept once: a
// field is extracted, and a check that searches is answered, at most once per event.
//
// An Engine does not change and is shared by all goroutines. The state of an evaluation
// is in a [Matcher], one for each goroutine. A [Match] is valid until its matcher gets
// the next event; keep its Clone, not the match. An [Explainer] says why a rule fires or
// does not.
//
// A [Compiler] compiles single conditions and output templates, without rules, and an
// [Evaluator] evaluates them on events.
package eval
