package serve_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/serve"
)

// faulty is a field set whose field panics on events of the verb panic, after some calls.
type faulty struct{ after *atomic.Int64 }

func (faulty) Fields() []fieldsets.Field {
	return []fieldsets.Field{{Name: "test.verb", Type: fieldsets.CharBuf, Desc: "The verb."}}
}

func (f faulty) Extractor(*fieldsets.Field, fieldsets.Arg) (fieldsets.Extractor, error) {
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		verb := ev.Data.(jsonfields.Data).JSON().Get("verb").Text()
		if verb == "panic" && f.after.Add(-1) < 0 {
			panic("test")
		}
		out.AddText(verb)
	}, nil
}

// TestPanic checks that an event on which the rules panic does not end the server, does not
// keep others from being processed, and is in the dead letters.
func TestPanic(t *testing.T) {
	bad := strings.Replace(event("1", "a"), `"get"`, `"panic"`, 1)
	for _, test := range []struct {
		name    string
		journal bool
		after   int64 // in the journal, it panics only when it is read
		input   bool
	}{
		{name: "webhook"}, {name: "before the journal", journal: true}, {name: "in the journal", journal: true, after: 1}, {name: "input", input: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "rules.yaml"), "- rule: r\n  desc: d\n  condition: test.verb in (get, panic)\n  output: \"%test.verb\"\n  priority: NOTICE\n  source: k8s_audit\n")
			set := faulty{new(atomic.Int64)}
			set.after.Store(test.after)
			out := new(output)
			c := serve.Config{
				Rules: serve.Rules{
					Paths:   []string{filepath.Join(dir, "rules.yaml")},
					Options: loader.Options{Sources: []*fieldsets.Source{fieldsets.NewSource(k8saudit.SourceName, set)}},
				},
				Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}, Operations: serve.Operations{Address: "127.0.0.1:0"},
				Outputs: map[string]serve.Output{"out": out}, DeadLetters: filepath.Join(dir, "dead.jsonl"),
			}
			if test.journal {
				c.Journal = filepath.Join(dir, "journal")
			}
			if test.input {
				c.Inputs = []events.Input{events.Reader("a", strings.NewReader(bad+event("2", "b")), events.InputOptions{})}
			}
			s, err := serve.New(c)
			if err != nil {
				t.Fatal(err)
			}
			url, stop := serving(t, s)
			if !test.input {
				if status, answer := post(t, url, list(bad, event("2", "b"))); status != http.StatusOK {
					t.Errorf("%d %s", status, answer)
				}
			}
			for range 1000 {
				if out.texts() != "" {
					break
				}
				time.Sleep(time.Millisecond)
			}
			_, metrics := get(t, "http://"+s.OperationsAddress()+"/metrics")
			stop()
			if got := out.texts(); got != "10:00:00.500000000: Notice get\n" {
				t.Errorf("got alerts %q", got)
			}
			if !strings.Contains(metrics, "\nfalcorules_event_panics_total 1\n") {
				t.Errorf("got metrics\n%s", metrics)
			}
			data, err := os.ReadFile(c.DeadLetters)
			if err != nil {
				t.Fatal(err)
			}
			var letter struct {
				Error string
				Event struct{ AuditID string }
			}
			if err := json.Unmarshal(data, &letter); err != nil || letter.Error != "panic: test" || letter.Event.AuditID != "1" {
				t.Errorf("%v in %s", err, data)
			}
		})
	}
}
