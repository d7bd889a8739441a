// Package lint finds likely mistakes in Falco rules that load.
//
// [loader.Load] reports what Falco reports. [Run] reports what a careful reviewer would
// add: checks that can never be true, exclusions without effect, ways around a rule.
//
//	set, err := loader.Load(files, loader.Options{})
//	...
//	for _, finding := range lint.Run(ctx, set, lint.Options{}) {
//		fmt.Println(finding)
//	}
//
// A finding is a [diag.Diagnostic] whose code is the ID of the [Analyzer] that reported
// it. The folder docs/lint of the repository has a page for each analyzer.
//
// # Analyzers
//
// An analyzer inspects a [Pass]: files ([Pass.Files]), conditions as written
// ([Pass.Written]), or compiled conditions ([Pass.Conditions]), in which macros, lists
// and exceptions are resolved. A compiled condition is a tree of branches and literals;
// see [Condition].
//
// [Default] returns the analyzers of this package. To run others, or to add your own, set
// [Options.Analyzers].
//
// # Fixes
//
// A finding can have edits that fix it, which [Literal.Replace], [Literal.ReplaceValue],
// [loader.Rule.ReplaceOutput] and package rulesfile return. Mark them as safe
// ([diag.Diagnostic.Safe]) if they do what the author must have meant. The field
// [Analyzer.Fix] says which fixes to expect.
//
// # Suppressions
//
// A comment suppresses findings with the given IDs:
//
//	# falcorules ignore:comm-length,list-name the kernel module reports full names
//
// At the end of a line, the comment applies to that line and, if the line has a key, to
// the value of the key. On a line of its own, it applies to the next line that is not a
// comment, and to whatever begins there: the value of a key, an entry of a list, or a
// whole item. YAML has no comments inside a block scalar, so put the comment above the
// key.
//
// # Tests
//
// The folder testdata/ID has rules files for the analyzer ID. Files named err*.yaml have
// findings, which the golden file with the same name and .txt shows; files named ok*.yaml
// have none. The golden file .fixed shows the file after all fixes. If there is a file
// context.yaml, it is loaded before each of them as context. A file policy_x.yaml is the
// audit policy for the files err_x.yaml and ok_x.yaml. Files that must not load begin with
// the line "# does not load". Run the tests with -update to write the golden files.
//
// The file testdata/official.txt has the errors and warnings about Falco's own rules, each
// with the reason why it is right.
//
// The tests also check the page docs/lint/ID.md: the rules under Avoid must have findings
// of this analyzer and of no other, and the rules under Prefer must have none. An example
// of kind Policy is the audit policy for the rules beside it.
package lint
