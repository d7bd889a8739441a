// Package loader reads Falco rules files into a [Ruleset]: what Falco says of
// each file, what else is wrong, and rules that are ready to run.
//
// Files given together form one ruleset, read in order:
//
//	YAML ─read─▶ items with places ─collect─▶ merged items ─compile─▶ conditions ─eval.Builder─▶ engine
//
// Each file is loaded as Falco loads it: items are read in Falco's order up to
// the first mistake, and then everything read so far is compiled. So each file
// has a [Result] with Falco's verdict, code and place. If a file is refused, all
// are loaded once more without stopping, which finds the other mistakes.
//
// Lists are put into conditions as text, as the language demands; a map back to
// the files lets every diagnostic name the very character, also one that came
// out of a list, a macro, or a folded text.
//
// A file's way through the package: file.go and load.go, yaml.go (text to nodes),
// read.go with rule.go, exception.go, changes.go and requires.go (nodes to
// items), collect.go (items of one name become one), compile.go with lists.go,
// parse.go and macros.go (items to conditions), result.go, and trace.go, which finds
// the way back.
package loader
