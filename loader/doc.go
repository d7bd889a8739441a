// Package loader reads Falco rules files into a [Ruleset] that is ready to
// run.
//
// Files given together form one ruleset, read in order:
//
//	YAML ─read─▶ items with places ─collect─▶ merged items ─resolve─▶ conditions ─eval.Builder─▶ engine
//
// Lists are put into conditions as text, as the language demands; a map back to
// the files lets every error name the very character, also one that came out of
// a list. What is wrong is a [Diagnostic] with Falco's code.
package loader
