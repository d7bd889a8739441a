// Package loader loads Falco rules files into a [Ruleset], which has Falco's verdict on
// each file, every other mistake in it, and an engine that runs the rules.
//
// Load reads all files, in order, as one set of rules:
//
//	rulesfile.File ─read─▶ items ─collect─▶ merged items ─compile─▶ conditions ─eval.Builder─▶ engine
//
// Each file has a [Result] with the verdict, code and position that Falco would report.
// To get them, Load does what Falco does: it reads the items of a file in Falco's order
// up to the first mistake, and then compiles everything read so far. If Falco would
// reject a file, Load goes over all files again, this time without stopping, to find the
// other mistakes.
//
// Falco expands lists as text before it parses a condition, and so does Load. Diagnostics
// still have exact positions in the files, even in a list, a macro or a folded scalar;
// [Trace] has the origin of every part of a condition.
package loader
