// Package eval turns conditions into programs and runs them over events.
//
// A [Builder] takes rules, holds every check against the fields of the rule's
// source, and gives an [Engine]: after that nothing can fail. Fields and checks
// that stand in several rules are kept once; of an event a field is extracted and
// a check that searches is answered at most once.
//
// An Engine does not change and is shared by all goroutines. What an evaluation
// scribbles on lies in a [Matcher], one for each goroutine. A [Match] is valid until
// its matcher gets the next event; keep its Clone, not the match. Why a rule fires or
// does not, an [Explainer] says.
package eval
