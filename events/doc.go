// Package events turns bytes into events: files, folders, standard input or any
// other [Input] into records, records into events of package fieldsets, and events
// into whatever a [Visitor] makes of them, in the order of the input.
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
// [Run] decodes and visits on all cores, with bounded queues, so memory does not
// grow with the input. [All] is for callers who want one event after the other.
//
// Files hold JSON or YAML, packed by gzip or not. JSON values are one a line or
// spread over many lines; EventLists and arrays are read element by element. They
// are audit events or fixtures, see package fixture; YAML is a fixture or a list of
// them for each document.
//
// Everything that cannot be read is a [diag.Diagnostic] with its position in the
// file; reading goes on after it.
package events
