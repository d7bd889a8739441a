// Package falcorules loads Falco rules, reports mistakes in them, and matches events
// against them, without Falco.
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
// Rules behave as in Falco [loader.FalcoVersion]: the same files load, the same rules
// fire, and alerts have the same text and the same JSON. [Load] and the zero [Options]
// accept rules for system calls and for the event sources of Falco's own plugins. Set
// [Options] for the hostname and the time zone of alerts, and for sources of your own.
//
// A [Rules] is immutable, so many goroutines can share one. For more control, use the
// packages that this one combines: loader for rules files, eval for the engine, events
// for inputs and decoders, fieldsets for sources and fields, explain for explanations,
// and diag for diagnostics and their formats. Package lint finds likely mistakes in
// [Rules.Ruleset], and package ruletest tests rules.
package falcorules
