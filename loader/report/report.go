// Package report writes the results of loading rules files: Falco's verdict on each
// file, as text, as Falco's own JSON and as a test report, and a description of the
// rules. Package diag writes the diagnostics alone.
package report
