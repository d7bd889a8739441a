// Package report writes what becomes of rules files: Falco's verdict on each file,
// as text, as Falco's own JSON and as a test report, and what the rules are. Package
// diag writes the diagnostics alone.
package report
