// Package falcorules loads Falco rules, reports what is wrong with them, and runs
// them over events, without Falco.
//
//	rules, err := falcorules.Load("falco_rules.yaml", "local")
//	if err != nil {
//		log.Fatal(err) // a diag.List: every mistake, with file, line and column
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
// Rules mean what they mean to Falco [loader.FalcoVersion]: the same files load,
// the same rules fire, and alerts have the same text and the same JSON, with the
// hostname and the time zone that the [Options] give.
//
// The zero [Options] know every event source that Falco's own plugins provide.
// The packages below this one have the parts: loader for rules files and their
// origins, eval for the engine, events for inputs and decoders, fieldsets for
// sources and fields, explain for reasons, ruletest for unit tests of rules, and
// diag for mistakes and their formats.
package falcorules
