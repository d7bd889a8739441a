package events_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/loader"
)

// Run rules on files of audit events: JSON lines and EventLists, either compressed or
// not.
func Example() {
	set, err := loader.Load(loader.Reader{}.Read("testdata/rules.yaml"), loader.Options{Sources: all.Sources()})
	if err != nil {
		log.Fatal(err)
	}
	in := events.Files([]string{"testdata/audit.jsonl", "testdata/list.json.gz"}, events.InputOptions{})
	stats, err := events.Run(context.Background(), in, events.Options{
		NewDecoder: func() events.Decoder { return events.NewDecoder(events.DecoderOptions{}) },
		NewVisitor: func() events.Visitor {
			matcher := set.Engine.NewMatcher(eval.FirstMatch)
			return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
				for _, m := range matcher.Match(ev) {
					out = append(m.AppendText(out), '\n')
				}
				return out, nil
			}
		},
		Sequential: set.Engine.Sequential(),
		Output:     os.Stdout,
		Report:     func(d *diag.Diagnostic) { fmt.Println(d) },
	})
	fmt.Println(stats.Events, "events", err)
	// Output:
	// testdata/audit.jsonl:2:50: EVENTS_ERR_EVENT: line ends inside a string: "{\"kind\":\"Event\",\"auditID\":\"2\",\"verb\":\"get\",\"stage"
	// 10:20:30.000000000: Warning alice deleted the secret db
	// 10:20:32.000000000: Warning carol deleted the secret tls
	// 3 events <nil>
}

// Read one event after the other.
func ExampleAll() {
	in := events.Files([]string{"testdata/audit.jsonl"}, events.InputOptions{})
	for ev, err := range events.All(context.Background(), in, events.NewDecoder(events.DecoderOptions{})) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(ev.Number, ev.Source)
	}
	// Output:
	// 1 k8s_audit
	// testdata/audit.jsonl:2:50: EVENTS_ERR_EVENT: line ends inside a string: "{\"kind\":\"Event\",\"auditID\":\"2\",\"verb\":\"get\",\"stage"
	// 2 k8s_audit
}
