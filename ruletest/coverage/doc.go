// Package coverage measures how well tests cover rules. It finds out which outcomes of the
// checks in their conditions the tests cover, and which small changes of the conditions,
// called mutants, make a test fail.
//
// Package ruletest does this for suites. Other callers start a group of tests that have
// the same rules, record the events of each test, and ask for the results at the end:
//
//	c := coverage.NewCollector(coverage.Options{Mutate: true})
//	c.AddFiles(files)
//	g := c.NewGroup(ruleset, sources, eval.FirstMatch)
//	g.Begin(ctx, test)
//	for _, ev := range events {
//		g.Record(ctx, ev, meets)
//	}
//	g.End(passed)
//	c.Evaluate(ctx)
//	report, mutation := c.Coverage(), c.Mutation()
//
// An outcome of a check, true or false, is covered if on some event that a rule looks at,
// the check has this value, and flipping it alone would flip the rule's result. An event is
// evaluated only once: the results of all checks on all events are kept as bits in a truth
// table, from which the result of every mutant follows.
package coverage
