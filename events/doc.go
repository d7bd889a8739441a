// Package events reads events from files, standard input or any other [Input] and
// processes them on all cores, in the order of the input:
//
//	engine := set.Engine // of package loader
//	stats, err := events.Run(ctx, events.Files([]string{"audit.log"}, events.InputOptions{}), events.Options{
//		NewDecoder: func() events.Decoder { return events.NewDecoder(events.DecoderOptions{}) },
//		NewVisitor: func() events.Visitor {
//			matcher := engine.NewMatcher(eval.FirstMatch)
//			return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
//				for _, m := range matcher.Match(ev) {
//					out = append(m.AppendJSON(out), '\n')
//				}
//				return out, nil
//			}
//		},
//		Sequential: engine.Sequential(),
//		Output:     os.Stdout,
//		Report:     func(d *diag.Diagnostic) { log.Print(d) },
//	})
//
// An Input yields records, a [Decoder] turns records into events, and a [Visitor]
// turns events into output. [Run] uses bounded queues, so its memory does not grow
// with the input. [All] yields the events one by one instead.
//
// Files contain JSON or YAML and can be compressed with gzip. JSON values are audit
// events or fixtures (see package fixture), one per line or on several lines;
// EventLists and arrays are read element by element. Audit events can also be wrapped in
// the log records of cloud providers, see [DecoderOptions]. A YAML document is an event or a
// list of events. Captures of system calls are recognized by their content.
//
// [Follow] reads the lines that are written to a file, across rotations, and can resume
// where it stopped:
//
//	f := events.Follow("/var/log/kubernetes/audit.log", events.FollowOptions{From: stored})
//	stats, err := events.Run(ctx, f, options)
//	stored = f.Acked() // the position after the last record whose output was written
//
// Anything that cannot be read is reported as a [diag.Diagnostic] with its position
// in the file, and reading continues after it.
package events
