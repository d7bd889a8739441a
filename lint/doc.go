// Package lint finds likely mistakes in rules that load.
//
// [loader.Load] reports what Falco reports. Run reports what a careful reviewer would
// add: checks that can never be true, exclusions without effect, ways around a rule.
//
//	set, err := loader.Load(files, loader.Options{})
//	...
//	for _, finding := range lint.Run(ctx, set, lint.Options{}) {
//		fmt.Println(finding)
//	}
//
// A finding is a [diag.Diagnostic] whose code is the ID of the [Analyzer] that reported
// it. Package docs has a page for each analyzer.
//
// # Analyzers
//
// Each analyzer is in a file of its own and looks at a [Pass]: at files
// ([Pass.Files]), at conditions as they were written ([Pass.Written]), or at
// compiled conditions ([Pass.Conditions]), in which macros, lists and exceptions are
// resolved. A compiled condition is a tree of branches of literals; see [Condition].
//
// Default returns the analyzers of this package. Give Run others, or more, in
// [Options.Analyzers].
//
// # Suppressions
//
// A comment suppresses findings with the given IDs:
//
//	# falcorules ignore:comm-length,list-name the kernel module reports full names
//
// Behind a line, it suppresses those in the line and, if a key is in the line, in the
// value of the key. On a line of its own, it suppresses those in the next line that is
// not a comment, and in what begins there: the value of a key, an entry of a list, or a
// whole item. In a text of several lines there are no comments.
//
// # Tests
//
// The folder testdata/ID has rules files for the analyzer ID: those named err*.yaml have
// findings, and a golden file .txt beside each shows them; those named ok*.yaml have
// none. Files that must not load begin with the line "# does not load". Run the tests
// with -update to write the golden files.
//
// In the page docs/lint/ID.md, the rules under Avoid have findings of this
// analyzer and of no other, and the rules under Prefer have none.
package lint
