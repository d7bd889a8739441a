// Package coverage measures how well tests cover rules: which checks of their conditions
// decided, as true and as false, and which mutants (small changes of the conditions) make a
// test fail.
//
// [Collector.NewGroup] begins the tests that have the same rules. For each test, call
// [Group.Begin], [Group.Record] with each event, and [Group.End]. After all tests,
// [Collector.Settle] evaluates what was recorded; [Collector.Coverage] and
// [Collector.Mutation] return the results. Package ruletest does this for suites.
//
// What each check is on each event is kept as bits in a truth table. Conditions are
// evaluated over all events at a time, as they are for coverage, and with the edits of each
// mutant for mutation.
package coverage
