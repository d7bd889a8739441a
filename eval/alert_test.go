package eval_test

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/parser"
)

// printers are the methods of a match that print it.
var printers = map[string]func(eval.Match) string{
	"String":        eval.Match.String,
	"Message":       eval.Match.Message,
	"Fields":        func(m eval.Match) string { return fmt.Sprint(m.Fields()) },
	"AppendMessage": func(m eval.Match) string { return string(m.AppendMessage(nil)) },
	"AppendText":    func(m eval.Match) string { return string(m.AppendText(nil)) },
	"AppendJSON":    func(m eval.Match) string { return string(m.AppendJSON(nil)) },
	"Event":         func(m eval.Match) string { return fmt.Sprint(m.Event().Number, m.Event().Time, m.Event().Source) },
}

// auditMatcher returns a matcher of one rule, and a function that calls another one for
// the rule's match on a secret with the given name.
func auditMatcher(t testing.TB) (match func(name string, each func(eval.Match))) {
	t.Helper()
	b := eval.NewBuilder(k8saudit.NewSource())
	condition, err := parser.Condition("ka.verb = get")
	if err != nil {
		t.Fatal(err)
	}
	output, err := b.CompileOutput("k8s_audit", "%ka.target.name of %ka.user.name at %evt.time, list %ka.user.groups, %toupper(ka.target.name)")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(&eval.Rule{Name: "Secret read", Source: "k8s_audit", Condition: condition, Output: output, Tags: []string{"k8s"}}); err != nil {
		t.Fatal(err)
	}
	matcher, decoder := b.Engine().NewMatcher(eval.FirstMatch), k8saudit.NewDecoder(&fieldsets.Stream{Hostname: "here"})
	return func(name string, each func(eval.Match)) {
		payload := fmt.Sprintf(`{"kind": "Event", "auditID": "a", "stageTimestamp": "2026-05-04T09:10:11Z", "verb": "get",
			"objectRef": {"name": %q}, "user": {"username": "user of %s"}}`, name, name)
		err := decoder.Decode([]byte(payload), func(ev *fieldsets.Event) error {
			for _, m := range matcher.Match(ev) {
				each(m)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestClone prints a clone after the event's memory has been reused.
func TestClone(t *testing.T) {
	for name, print := range printers {
		t.Run(name, func(t *testing.T) {
			match := auditMatcher(t)
			var want string
			var kept eval.Match
			match("first", func(m eval.Match) { want, kept = print(m), m.Clone() })
			match("another", func(eval.Match) {})
			if got := print(kept); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if got := print(kept.Clone()); got != want || kept.Rule.Name != "Secret read" {
				t.Errorf("of a clone's clone got %s, want %s", got, want)
			}
			var printing sync.WaitGroup
			for range 4 {
				printing.Go(func() { print(kept) })
			}
			match("third", func(eval.Match) {})
			printing.Wait()
		})
	}
}

// TestStaleMatch keeps a match without cloning it. It must not print another event.
func TestStaleMatch(t *testing.T) {
	for name, print := range printers {
		for next, source := range map[string]string{"an event that fires": "", "an event of another source": "test", "an event of an unknown source": "unknown"} {
			t.Run(name+" after "+next, func(t *testing.T) {
				b := eval.NewBuilder(testSource(), fieldsets.NewSource("same", same{}))
				r, err := compile(b, "t.s exists", "%t.s")
				if err != nil {
					t.Fatal(err)
				}
				if err := b.Add(r); err != nil {
					t.Fatal(err)
				}
				matcher := b.Engine().NewMatcher(eval.FirstMatch)
				kept := matcher.Match(testEvent())[0]
				print(kept) // valid so far
				ev := testEvent()
				if source != "" {
					ev.Source = source
				}
				matcher.Match(ev)
				defer func() {
					if recover() == nil {
						t.Error("a match of an earlier event can be printed")
					}
				}()
				print(kept)
			})
		}
	}
}

func ExampleMatch_Clone() {
	b := eval.NewBuilder(k8saudit.NewSource())
	condition, err := parser.Condition("ka.verb = delete")
	if err != nil {
		fmt.Println(err)
		return
	}
	output, err := b.CompileOutput("k8s_audit", "%ka.user.name deleted %ka.target.name")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Add(&eval.Rule{Name: "Deletion", Source: "k8s_audit", Condition: condition, Output: output}); err != nil {
		fmt.Println(err)
		return
	}
	matcher, decoder := b.Engine().NewMatcher(eval.FirstMatch), k8saudit.NewDecoder(nil)
	var kept []eval.Match
	payload := []byte(`{"kind": "EventList", "items": [
		{"auditID": "1", "stageTimestamp": "2026-05-04T09:10:11Z", "verb": "delete", "objectRef": {"name": "a"}, "user": {"username": "tom"}},
		{"auditID": "2", "stageTimestamp": "2026-05-04T09:10:12Z", "verb": "delete", "objectRef": {"name": "b"}, "user": {"username": "ann"}}]}`)
	err = decoder.Decode(payload, func(ev *fieldsets.Event) error {
		for _, m := range matcher.Match(ev) {
			kept = append(kept, m.Clone()) // m is valid until the next event
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range kept {
		fmt.Println(m.Message())
	}
	// Output:
	// tom deleted a
	// ann deleted b
}

// TestTimes prints times from the whole range of unsigned 64-bit numbers.
func TestTimes(t *testing.T) {
	for _, test := range []struct {
		name string
		ns   uint64
		text string // the line
		json string
		time string
	}{
		{"the first", 0, "00:00:00.000000000: Warning 00:00:00.000000000 0", `"evt.time":0`, "1970-01-01T00:00:00.000000000Z"},
		{"the last with a sign", math.MaxInt64, "23:47:16.854775807: Warning 23:47:16.854775807 9223372036854775807", `"evt.time":9223372036854775807`, "2262-04-11T23:47:16.854775807Z"},
		{"the first without", math.MaxInt64 + 1, "23:47:16.854775808: Warning 23:47:16.854775808 9223372036854775808", `"evt.time":9223372036854775808`, "2262-04-11T23:47:16.854775808Z"},
		{"the last", math.MaxUint64, "23:34:33.709551615: Warning 23:34:33.709551615 18446744073709551615", `"evt.time":18446744073709551615`, "2554-07-21T23:34:33.709551615Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := eval.NewBuilder(testSource())
			r, err := compile(b, "evt.num >= 0", "%evt.time %evt.rawtime")
			if err == nil {
				err = b.Add(r)
			}
			if err != nil {
				t.Fatal(err)
			}
			ev := testEvent()
			ev.Time = int64(test.ns)
			for _, m := range b.Engine().NewMatcher(eval.FirstMatch).Match(ev) {
				if got := m.String(); got != test.text {
					t.Errorf("got %s, want %s", got, test.text)
				}
				got := string(m.AppendJSON(nil))
				for _, want := range []string{test.json, `"time":"` + test.time + `"`} {
					if !strings.Contains(got, want) {
						t.Errorf("%s has no %s", got, want)
					}
				}
			}
		})
	}
}

// TestAlertFormat prints an alert in each format, and the clone of its match.
func TestAlertFormat(t *testing.T) {
	const clock = "13:58:49.736141000: Warning [Hello World"
	for _, test := range []struct {
		name   string
		format eval.AlertFormat
		fields func(add func(name, format string, raw bool))
		text   string
		json   string // without the members that are always the same
	}{
		{
			"default", eval.AlertFormat{}, nil, clock,
			`"output":"` + clock + `","output_fields":{"evt.time":1540475929736141000,"t.s":"Hello World"},"tags":["x"]`,
		},
		{
			"iso8601", eval.AlertFormat{ISO8601: true}, nil, "2018-10-25T13:58:49.736141000+0000: Warning [Hello World",
			`"output":"2018-10-25T13:58:49.736141000+0000: Warning [Hello World","output_fields":{"evt.time.iso8601":1540475929736141000,"t.s":"Hello World"},"tags":["x"]`,
		},
		{"nothing", eval.AlertFormat{NoOutput: true, NoTags: true, NoFields: true}, nil, clock, ""},
		{
			"message", eval.AlertFormat{Message: true, NoOutput: true, NoFields: true}, nil, clock,
			`"message":"[Hello World","tags":["x"]`,
		},
		{
			"added fields", eval.AlertFormat{NoOutput: true, NoTags: true},
			func(add func(name, format string, raw bool)) {
				add("evt.num", "%evt.num", true)
				add("text", "n=%evt.num", false)
				add("t.none", "%t.none", true)
				add("none as text", "%t.none", false)
				add("unknown", "%evt.num", true) // the format has no field of this name
				add("t.s", "replaced", false)
			},
			clock,
			`"output_fields":{"evt.num":7,"evt.time":1540475929736141000,"none as text":"<NA>","t.none":null,"t.s":"replaced","text":"n=7","unknown":null}`,
		},
		{
			"added time", eval.AlertFormat{NoOutput: true, NoTags: true},
			func(add func(name, format string, raw bool)) {
				add("evt.time", "now", false)
				add("evt.a", "a", false)
				add("evt.z", "z", false)
			},
			clock,
			`"output_fields":{"evt.a":"a","evt.time":"now","evt.z":"z","t.s":"Hello World"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := eval.NewBuilder(testSource())
			b.AlertFormat = test.format
			r, err := compile(b, "evt.num >= 0", "[%t.s")
			if err != nil {
				t.Fatal(err)
			}
			if test.fields != nil {
				test.fields(func(name, format string, raw bool) {
					f, err := b.CompileOutput("test", format)
					if err != nil {
						t.Fatal(err)
					}
					r.Output.AddField(name, f, raw)
				})
			}
			if err := b.Add(r); err != nil {
				t.Fatal(err)
			}
			m := b.Engine().NewMatcher(eval.FirstMatch).Match(testEvent())[0]
			for _, m := range []eval.Match{m, m.Clone()} {
				if got := m.String(); got != test.text {
					t.Errorf("got text %s, want %s", got, test.text)
				}
				got := string(m.AppendJSON(nil))
				for _, fixed := range []string{`"hostname":"here"`, `,"priority":"Warning","rule":"evt.num >= 0","source":"test"`, `,"time":"2018-10-25T13:58:49.736141000Z"`} {
					if !strings.Contains(got, fixed) {
						t.Errorf("%s has no %s", got, fixed)
					}
					got = strings.Replace(got, fixed, "", 1)
				}
				if got := strings.Trim(got, "{},"); strings.Trim(test.json, "{}") != got {
					t.Errorf("got  %s\nwant %s", got, test.json)
				}
			}
		})
	}
}
