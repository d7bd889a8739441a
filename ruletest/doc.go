// Package ruletest tests rules: suites name rules files, give events, and say which
// rules fire on them with what priority, output and fields. A suite is a YAML
// document, or a Go value.
//
// [Run] makes subtests of suites for go test, [Check] of one that is a Go value.
// Programs that report tests in a way of their own read suites with [Find] and
// [RunFiles]; package report has text, JSON and JUnit. The format of suites is in
// docs/testing.md.
//
// A suite's way through the package:
//
//	text ─text.go─▶ YAML with places ─check.go─▶ of the format ─read.go, expand.go─▶ Suite
//	Suite ─rules.go─▶ rulesets ─decode.go─▶ events ─run.go─▶ alerts ─compare.go─▶ failures
//
// Package coverage collects what the tests show of the rules: which checks they cover, and
// which small changes of the rules make a test fail.
//
// The format is a table, format.go: what is not in it is refused, and the JSON schema
// is made of it, so that the two cannot differ.
//
// Mistakes in a suite are a [diag.List], and then no test of it counts: a
// misspelt rule is not a rule that does not fire. What a test finds is a [Failure],
// which says in its first line what is wrong and, for a rule that did not fire, why.
package ruletest
