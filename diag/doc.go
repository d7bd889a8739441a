// Package diag has positions, ranges and diagnostics.
//
// All packages of this module report mistakes in files that people write as a
// [Diagnostic]. Callers handle all of them alike:
//
//	var d *diag.Diagnostic
//	if errors.As(err, &d) {
//		fmt.Println(d.Range, d.Code, d.Message) // local.yaml:3:14 LOAD_ERR_VALIDATE ...
//	}
//	diag.WriteText(os.Stderr, diag.Of(err), diag.TextOptions{})
//
// # Positions
//
// Lines and columns count from 1 and offsets from 0; columns and offsets count bytes. The
// zero [Pos] is an unknown position, and a [Range] without a start is a file as a whole.
// [UTF16Column] converts a column for SARIF and for the Language Server Protocol, which
// count UTF-16 code units.
//
// # Formats
//
// [WriteText] writes for people, with the line and a mark under the offending text.
// [WriteSARIF], [WriteGitHub] and [WriteJUnit] write for code scanning, annotations of
// workflows, and CI systems. A Diagnostic marshals itself to JSON. None of these formats
// lets a quoted text control the terminal or contain a command for a CI system.
package diag
