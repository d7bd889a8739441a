// Package draft generates test suites. [Write] writes a suite with an event that fires each
// rule and a near miss that does not; [AlertSuite] writes one with the events of alerts
// that Falco printed.
//
//	files, err := loader.ReadFiles("rules.yaml")
//	suite, err := draft.Write(ctx, draft.Rules{Names: []string{"rules.yaml"}, Files: files})
//	err = os.WriteFile("rules_test.yaml", suite.Text, 0o666)
//
// Each event has been run over all rules, so the suites pass. This shows that a rule can
// fire, not that it fires on the right events: the values are made up.
package draft
