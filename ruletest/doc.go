// Package ruletest tests Falco rules. A suite names rules files, has tests with events,
// and states which rules must fire on these events, with which priority, output and
// fields. Suites are YAML files, which docs/testing.md describes, or Go values.
//
// To run the suites of a folder with go test:
//
//	func TestRules(t *testing.T) { ruletest.Run(t, "rules") }
//
// [Check] runs a suite that is a Go value. Programs that report results themselves call
// [Find] and [RunFiles]; package report writes results as text, JSON and JUnit. Package
// coverage measures how well suites cover their rules.
//
// If a suite is invalid, for example because it misspells the name of a rule, its tests
// are not counted, and every independent mistake is reported with its position. A test
// that fails has a [Failure] for each difference, with an explanation why a rule fired or
// did not.
package ruletest
