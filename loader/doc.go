// Package loader reads Falco rules files into a [Ruleset]: Falco's verdict on each
// file, every other mistake in it, and rules that are ready to run.
//
// Files given together form one ruleset, read in order:
//
//	rulesfile.File ─read─▶ items ─collect─▶ merged items ─compile─▶ conditions ─eval.Builder─▶ engine
//
// Each file is loaded as Falco loads it: items are read in Falco's order up to the
// first mistake, and then everything read so far is compiled. So each file has a
// [Result] with Falco's verdict, code and position. If a file is rejected, all are
// loaded once more without stopping, which finds the other mistakes.
//
// Lists are put into conditions as text, as the language demands. A map back to the
// files gives every diagnostic its exact position, even in a list, a macro or a folded
// text.
package loader
