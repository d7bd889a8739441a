// Package diag holds positions in texts and the diagnostics that point at them.
//
// Every package of this module that reads what people write reports mistakes as
// a [Diagnostic]: rules files, conditions, test suites, fixtures, field
// definitions, policies and event files. A caller can always do the same three
// things with them:
//
//	var d *diag.Diagnostic
//	if errors.As(err, &d) {
//		fmt.Println(d.Range, d.Code, d.Message) // local.yaml:3:14-20 ...
//	}
//	diag.WriteText(os.Stderr, diag.Of(err), diag.TextOptions{})
//
// # Positions
//
// Lines and columns count from 1 and offsets from 0; columns and offsets count
// bytes. [UTF16Column] converts a column for editors speaking the Language Server
// Protocol and for SARIF, which count UTF-16 code units. The zero [Pos] means that a position is unknown, and a
// [Range] without a start is about its file as a whole.
//
// # Formats
//
// [WriteText] writes for people, with the line in question and a mark under the
// offending text. [WriteSARIF], [WriteGitHub] and [WriteJUnit] write for code
// scanning, workflow annotations and CI dashboards. A Diagnostic marshals itself
// to JSON. Nothing that these functions write can move a terminal's cursor or
// smuggle in a workflow command, whatever text a diagnostic quotes.
package diag
