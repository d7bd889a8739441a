package events_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/subtest"
)

// decode decodes a record and returns a line for each event and diagnostic.
func decode(rec events.Record, strict bool) []string {
	var got []string
	d := events.NewDecoder(events.DecoderOptions{
		MaxEventSize: 200, Strict: strict,
		Fixtures: []*fixture.Source{fixtures.NewSource(), fixture.NewSource(k8saudit.NewSource())},
	})
	err := d.Decode(&rec, func(ev *fieldsets.Event) error {
		got = append(got, fmt.Sprint(ev.Number, " ", ev.Source))
		return nil
	})
	if list := (diag.List)(nil); err != nil && !errors.As(err, &list) {
		return append(got, fmt.Sprintf("%T", err))
	}
	for _, d := range diag.Of(err) {
		got = append(got, lineOf(d))
	}
	return got
}

// lineOf formats a diagnostic on one line.
func lineOf(d *diag.Diagnostic) string {
	line := d.Message
	if d.Range.Start.IsValid() {
		line = d.Range.Start.String() + ": " + line
	}
	if d.Hint != "" {
		line += "; " + d.Hint
	}
	return line
}

func yamlRecord(text string) events.Record {
	return events.Record{Raw: []byte(text), Pos: diag.Pos{Line: 1, Column: 1}, Format: events.YAML}
}

func TestYAML(t *testing.T) {
	for text, want := range map[string][]string{
		"":     nil,
		"~":    nil,
		"# x":  nil,
		"text": {"1:1: invalid event: want an object, found text"},
		"proc: {name: a}\n---\n- proc: {name: b}\n- fields: {ka.verb: get}\n  source: k8s_audit\n": {"1 syscall", "2 syscall", "3 k8s_audit"},
		"- proc: {nam: a}\n- proc: {name: b}":                                                      {"1 syscall", "1:10: source syscall has no field proc.nam; did you mean proc.name?"},
		"- proc: {name: b}\n- proc: {name: " + strings.Repeat("a", 200) + "}":                      {"1 syscall", "2:3: value of 223 bytes exceeds the limit of 200"},
		"proc: {name: a}\n--- \na: [\n":                                                            {"1 syscall", "4:1: invalid YAML: the [ on line 3, column 4 is not closed"},
		"proc: {name: a}\n---\na: b: c":                                                            {"1 syscall", "3:5: invalid YAML: unexpected colon: quote values that contain a colon and a space; put each key on its own line, indented like the other keys"},
		"- proc: {name: éé, nam: a}\n---\nproc: {name: 日, nam: a}\n": {
			"1:22: source syscall has no field proc.nam; did you mean proc.name?", "3:19: source syscall has no field proc.nam; did you mean proc.name?",
		},
		"- rule: x\n  desc: y":                                          {"expected events, found a rules file"},
		"fields: &a {proc.name: x}\nfd: *a":                             {"2:5: aliases are not supported in events; write the value out"},
		"rule: r\npriority: Notice\noutput: x":                          {`1:1: expected an event, found an alert of rule "r"; convert it to an event with falcorules fixture`},
		"rule: r\noutput_fields: {}":                                    {`1:1: expected an event, found an alert of rule "r"; convert it to an event with falcorules fixture`},
		"kind: Event\nauditID: a\nstageTimestamp: 2026-03-01T10:20:30Z": {"1 k8s_audit"},
		"auditID: a\n1: [b]":                                            {"1:1: not an audit event: keys must be text, as in JSON"},
		"fields: *a":                                                    {`1:9: invalid YAML: undefined anchor "a": quote values that begin with *`},
		"proc: {name: a, pname: b, parent: {name: c}}":                  {`1:17: proc.pname is "b", but the other values imply "c"`},
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if diff := cmp.Diff(want, decode(yamlRecord(text), strings.Contains(text, "pname"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"proc": {"name": "a"}}`: "1 syscall",
		`{"kind": "Event", "auditID": "1", "stageTimestamp": "2026-03-01T10:20:30Z"}`: "1 k8s_audit",
		`{"rule": "r", "priority": "Notice", "output": "x"}`:                          `7:3: expected an event, found an alert of rule "r"; convert it to an event with falcorules fixture`,
		`{"rule": "r", "output_fields": {}}`:                                          `7:3: expected an event, found an alert of rule "r"; convert it to an event with falcorules fixture`,
		`{"rule": "r", "source": "syscall", "output_fields": {}}`:                     `7:3: expected an event, found an alert of rule "r"; convert it to an event with falcorules fixture`,
		`{"a": 1}`: "7:3: neither an audit event nor a fixture; an audit event has kind Event, or kind EventList and items; a fixture has source, fields, or groups of fields such as evt and proc",
		`{"user": {"name": "éé"}, "fields": {"proc.nam": 1}}`: "7:41: source syscall has no field proc.nam; did you mean proc.name?",
		`{"fields": {"proc.nam": 1}}`:                         "7:15: source syscall has no field proc.nam; did you mean proc.name?",
		"{\"fields\":\n {\"ka.verb\": 1}}":                    `8:3: source syscall has no field ka.verb; ka.verb is a field of k8s_audit: add "source": "k8s_audit"`,
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			got := decode(events.Record{Raw: []byte(text), Name: "a", Pos: diag.Pos{Line: 7, Column: 3}}, false)
			if !slices.Equal(got, []string{want}) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		})
	}
}

// TestSuiteYAML reads events in the formats of test suites.
func TestSuiteYAML(t *testing.T) {
	for text, want := range map[string][]string{
		"proc: {name: a}":                                         {"1 syscall"},
		"event: {proc: {name: a}}":                                {"1 syscall"},
		"    event:\n      proc: {name: a}\n    expect: []":       {"1 syscall"},
		"events:\n- proc: {name: a}\n- proc: {name: b}":           {"1 syscall", "2 syscall"},
		"- name: x\n  event: {proc: {name: a}}\n- {fd: {num: 3}}": {"1 syscall", "2 syscall"},
		"event: {kind: Event, verb: get}":                         {"1 k8s_audit"},
		"events:\n- {kind: Event, verb: get}":                     {"1 k8s_audit"},
		"{kind: Event, verb: get}":                                {"1:1: the audit event has no stageTimestamp"},
		"event: 1":                                                {"1:8: invalid event: want an object, found a number"},
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			rec := yamlRecord(text)
			rec.Format = events.SuiteYAML
			if diff := cmp.Diff(want, decode(rec, false)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzYAML checks that each diagnostic has a position.
func FuzzYAML(f *testing.F) {
	for _, text := range []string{"proc: {name: a}\n---\n- fields: {evt.type: open}", "a: [", "- rule: x", "!!binary eA==", "<<: {a: b}", "&a [*a]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, line := range decode(yamlRecord(text), true) {
			if strings.HasPrefix(line, "0:") || strings.HasPrefix(line, "1:0:") {
				t.Errorf("%q: %s", text, line)
			}
		}
	})
}
