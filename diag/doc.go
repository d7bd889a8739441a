// Package diag defines positions, ranges and diagnostics, and writes diagnostics in
// several formats.
//
// All packages of this module report mistakes in rules, tests and events as a
// [Diagnostic], or as a [List] of them, so callers can handle all errors in the same way:
//
//	var d *diag.Diagnostic
//	if errors.As(err, &d) {
//		fmt.Println(d.Range, d.Code, d.Message) // local.yaml:3:14 LOAD_ERR_VALIDATE ...
//	}
//	diag.WriteText(os.Stderr, diag.Of(err), diag.TextOptions{})
//
// # Positions
//
// Lines and columns count from 1, offsets from 0. Columns and offsets count bytes. The
// zero [Pos] is an unknown position, and a [Range] without a start is a whole file.
// [UTF16Column] converts a column to UTF-16 code units, as the Language Server Protocol
// counts.
//
// # Formats
//
// [WriteText] writes for people, and underlines the offending text. [WriteSARIF] is for
// code scanning, [WriteGitHub] for annotations in GitHub Actions, and [WriteJUnit] for
// other CI systems. A Diagnostic also marshals itself to JSON. All formats escape quoted
// text, so that it can neither control a terminal nor inject commands into a CI system.
package diag
