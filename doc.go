// Package falcorules loads Falco rules, reports mistakes in them, and runs them over
// events, without Falco.
//
//	rules, err := falcorules.Load("falco_rules.yaml", "local")
//	if err != nil {
//		log.Fatal(err) // a diag.List of all mistakes, with file, line and column
//	}
//	for _, d := range rules.Diagnostics() {
//		log.Print(d) // Falco's warnings, and likely mistakes that Falco accepts
//	}
//	in := events.Files([]string{"audit.log"}, events.InputOptions{})
//	_, err = rules.Run(ctx, in, func(m *falcorules.Match) error {
//		_, err := fmt.Println(m)
//		return err
//	})
//
// Rules behave as in Falco [loader.FalcoVersion]: the same files load, the same rules fire,
// and alerts have the same text and the same JSON, with the hostname and the time zone of
// the [Options]. The zero [Options] know every event source of Falco's own plugins.
//
// For more control, use the packages that this one combines: loader for rules files, eval
// for the engine, events for inputs and decoders, fieldsets for sources and fields, explain
// for explanations, ruletest for tests of rules, and diag for diagnostics and their formats.
package falcorules
