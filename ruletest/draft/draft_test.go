package draft_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/draft"
)

// TestExamples finds an event and a near miss for each rule of the examples.
func TestExamples(t *testing.T) {
	for _, dir := range []string{"../../examples/syscall", "../../examples/k8s_audit/rules"} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var rules []string
			for _, f := range (loader.Reader{}).Read(dir) {
				if filepath.Base(f.Name) != "events.yaml" {
					rules = append(rules, f.Name)
				}
			}
			d := write(t, rules...)
			if d.FiringEvents != d.Rules || d.NearMisses != d.Rules {
				t.Errorf("of %d rules %d fire, with %d near misses", d.Rules, d.FiringEvents, d.NearMisses)
			}
			if counts := run(t, dir, d.Text); counts.Passed != 2*d.Rules {
				t.Errorf("%d tests passed", counts.Passed)
			}
		})
	}
}

// TestWrite compares a suite with a golden file. The rules have several sources; one is
// disabled, two fire on the same event, one never fires, one always fires, and names need
// quotes in YAML.
func TestWrite(t *testing.T) {
	path := filepath.Join("testdata", "rules.yaml")
	d := write(t, path)
	golden.Check(t, "testdata/rules_test.yaml", string(d.Text))
	counts := run(t, "testdata", d.Text)
	if d.Rules != 9 || d.FiringEvents != 8 || d.NearMisses != 7 || counts.Passed != 15 || counts.Skipped != 1 {
		t.Errorf("%d rules, %d fire, %d near misses; %d tests passed, %d skipped", d.Rules, d.FiringEvents, d.NearMisses, counts.Passed, counts.Skipped)
	}
}

// TestWriteBytes writes a suite for rules whose names and values are not UTF-8.
func TestWriteBytes(t *testing.T) {
	dir := t.TempDir()
	rules := "- rule: caf\xe9\n  desc: d\n  output: o\n  priority: INFO\n  enabled: false\n" +
		"  condition: evt.type = openat and proc.name = \"caf\xe9\" and fd.name startswith \"/\xe9\"\n"
	path := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(path, []byte(rules), 0o666); err != nil {
		t.Fatal(err)
	}
	d := write(t, path)
	if counts := run(t, dir, d.Text); d.FiringEvents != 1 || counts.Passed != 2 {
		t.Errorf("%d fire, %d tests passed of\n%s", d.FiringEvents, counts.Passed, d.Text)
	}
}

// TestWriteHostile checks that the suite is safe to print if names and values in the rules
// are not.
func TestWriteHostile(t *testing.T) {
	dir := t.TempDir()
	rules := "- rule: \"a\\u202e\\e[31m ##[error]b\\n::error::c\"\n  desc: d\n  output: o\n  priority: INFO\n" +
		"  condition: evt.type = openat and proc.name = \"b\u202e##[x]\" and fd.name != \"/##[y]\u202e\"\n"
	path := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(path, []byte(rules), 0o666); err != nil {
		t.Fatal(err)
	}
	d := write(t, path)
	if counts := run(t, dir, d.Text); d.FiringEvents != 1 || counts.Passed != 2 {
		t.Errorf("%d fire, %d tests passed", d.FiringEvents, counts.Passed)
	}
	if text := string(d.Text); quote.Lines(text) != text {
		t.Errorf("not safe to print:\n%q", text)
	}
}

func TestWriteInvalidRules(t *testing.T) {
	_, err := draft.Write(t.Context(), draft.Rules{
		Files:   []loader.File{{Name: "x.yaml", Data: []byte("- rule: x\n  desc: d\n  output: o\n  priority: INFO\n  condition: proc.nam = x\n")}},
		Sources: fixtures.Sources(all.Sources()),
	})
	if err == nil || !strings.Contains(err.Error(), "proc.nam") {
		t.Errorf("got %v", err)
	}
}

// TestAlertsOfRules runs rules over events and makes tests from the alerts. The rules fire
// again on the events of the tests.
func TestAlertsOfRules(t *testing.T) {
	rulesFile := "../../examples/syscall/rules.yaml"
	files := loader.Reader{}.Read(rulesFile)
	sources := fixtures.Sources(all.Sources())
	suite, err := draft.NewAlertSuite(draft.Rules{Names: []string{"rules.yaml"}, Files: files, Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	text, err := suite.Head()
	if err != nil {
		t.Fatal(err)
	}
	alerts := draft.NewAlerts(sources)
	for _, raw := range fire(t, files, sources) {
		alert, err := alerts.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		test, err := suite.Test(t.Context(), alert)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, test...)
	}
	golden.Check(t, "testdata/alerts_test.yaml", string(text))
	if counts := run(t, filepath.Dir(rulesFile), text); counts.Passed != 3 {
		t.Errorf("%d tests passed", counts.Passed)
	}
}

// TestAlertsAssumeNothingElse checks that assumed values contradict neither the name of a
// socket nor the result of a call.
func TestAlertsAssumeNothingElse(t *testing.T) {
	for _, test := range []struct{ name, condition, fields, want string }{
		{"an address of the name", "evt.type = connect and fd.sip = 10.0.0.2", `"fd.name": "10.0.0.1:1->10.0.0.2:2"`, "evt.type: connect # assumed"},
		{"a network of the name", "evt.type = connect and fd.snet in (10.0.0.0/8) and fd.rport = 2", `"fd.name": "10.0.0.1:1->10.0.0.2:2"`, "evt.type: connect # assumed"},
		{"another address", "evt.type = connect and fd.sip = 10.0.0.3", `"fd.name": "10.0.0.1:1->10.0.0.2:2"`, "skip: no event was found"},
		{"another network", "evt.type = connect and fd.net = 192.168.0.0/16", `"fd.name": "10.0.0.1:1->10.0.0.2:2"`, "skip: no event was found"},
		{"another local address", "evt.type = connect and fd.lip = 10.0.0.3", `"fd.name": "10.0.0.1:1->10.0.0.2:2"`, "skip: no event was found"},
		{"another port", "evt.type = connect and fd.rport = 443", `"fd.name": "::1:1->2001:db8::1:2"`, "skip: no event was found"},
		{"another family", "evt.type = connect and fd.typechar = 4", `"fd.name": "::1:1->2001:db8::1:2"`, "skip: no event was found"},
		{"a client of a server", "evt.type = listen and fd.cip = 10.0.0.1 and fd.cport = 1", `"fd.name": "0.0.0.0:80"`, "skip: no event was found"},
		{"success", "evt.type = connect and evt.rawres >= 0 and fd.name exists", `"evt.res": "SUCCESS", "fd.name": "10.0.0.1:1->10.0.0.2:2"`, "evt.type: connect # assumed"},
		{"a result of connect", "evt.type = connect and evt.rawres >= 0", `"fd.name": "10.0.0.1:1->10.0.0.2:2"`, "evt.rawres: 0 # assumed"},
		{"no result of connect", "evt.type = connect and evt.rawres > 0", `"fd.name": "10.0.0.1:1->10.0.0.2:2"`, "skip: no event was found"},
		{"a file that was not opened", "evt.type = openat and fd.num = -1", `"evt.res": "ENOENT"`, "evt.type: openat # assumed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sources := fixtures.Sources(all.Sources())
			rules := fmt.Sprintf("- {rule: R, desc: d, condition: %q, output: o, priority: INFO}\n", test.condition)
			suite, err := draft.NewAlertSuite(draft.Rules{Names: []string{"r.yaml"}, Files: []loader.File{{Name: "r.yaml", Data: []byte(rules)}}, Sources: sources})
			if err != nil {
				t.Fatal(err)
			}
			alert, err := draft.NewAlerts(sources).Read(fmt.Appendf(nil, `{"rule": "R", "output_fields": {%s}}`, test.fields))
			if err != nil {
				t.Fatal(err)
			}
			text, err := suite.Test(t.Context(), alert)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), test.want) {
				t.Errorf("%s does not have %q", text, test.want)
			}
			if assumed := strings.Count(string(text), "# assumed"); strings.HasPrefix(test.want, "evt.type") && assumed != 1 {
				t.Errorf("%d values are assumed:\n%s", assumed, text)
			}
		})
	}
}

// fire returns alerts of the example rules.
func fire(t *testing.T, files []loader.File, sources []*fixture.Source) [][]byte {
	t.Helper()
	var options loader.Options
	for _, s := range sources {
		options.Sources = append(options.Sources, s.Source)
	}
	set, err := loader.Load(files, options)
	if err != nil {
		t.Fatal(err)
	}
	decoder, matcher := fixture.NewDecoder(&fieldsets.Stream{Hostname: "h"}, sources...), set.Engine.NewMatcher(eval.AllMatches)
	var alerts [][]byte
	for _, fields := range []map[string]any{
		{"evt.type": "execve", "container.id": "c", "container.name": "web", "proc.name": "sh", "proc.args": "-c id", "user.name": "www-data"},
		{"evt.type": "execve", "container.id": "c", "proc.name": "sh"},
		{"evt.type": "openat", "evt.arg.flags": "O_RDONLY", "fd.name": "/etc/shadow", "proc.name": "cat", "proc.args": "/etc/shadow"},
	} {
		n := yamlOf(t, map[string]any{"source": "syscall", "time": "2026-03-01T10:20:30Z", "fields": fields})
		ev, err := decoder.DecodeNode(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range matcher.Match(ev) {
			alerts = append(alerts, m.AppendJSON(nil))
		}
	}
	return alerts
}

func TestReadAlert(t *testing.T) {
	for _, c := range []struct{ name, alert, want string }{
		{"types", `{"rule": "r", "source": "syscall", "time": "2026-03-01T10:20:30.5Z", "output_fields": {"evt.time": 1, "proc.pid": 7, "evt.is_open_read": true, "proc.name": "cat", "fd.sip": "10.0.0.1", "fd.sport": 443, "user.name": null}}`,
			`{"source":"syscall","time":"2026-03-01T10:20:30.5Z","fields":{"evt.is_open_read":true,"fd.sip":"10.0.0.1","fd.sport":443,"proc.name":"cat","proc.pid":7,"user.name":null}}`},
		{"time of a field", `{"rule": "r", "output_fields": {"evt.time": 1772360430000000001}}`,
			`{"source":"syscall","time":"2026-03-01T10:20:30.000000001Z","fields":{}}`},
		{"times and numbers of events", `{"rule": "r", "output_fields": {"evt.time.iso8601": 1772360430000000000, "evt.num": 12, "proc.name": "cat"}}`,
			`{"source":"syscall","fields":{"proc.name":"cat"}}`},
		{"lists", `{"rule": "r", "source": "k8s_audit", "output_fields": {"ka.req.pod.containers.image": ["a", "b"], "ka.verb": "get"}}`,
			`{"source":"k8s_audit","fields":{"ka.req.pod.containers.image":["a","b"],"ka.verb":"get"}}`},
		{"left out", `{"rule": "r", "output_fields": {"no.field": 1, "proc.pid": "x", "proc.name": "cat"}}`,
			`{"source":"syscall","fields":{"proc.name":"cat"}} left out: invalid value "x" for proc.pid: want a whole number; source syscall has no field no.field`},
		{"invalid times", `{"rule": "r", "time": "garbage", "output_fields": {"evt.time": 1.5}}`,
			`{"source":"syscall","fields":{}} left out: invalid evt.time "1.5": want a whole number of nanoseconds; invalid time "garbage": want a time in RFC 3339 format`},
		{"one valid time", `{"rule": "r", "time": "garbage", "output_fields": {"evt.time": 1772360430000000001}}`,
			`{"source":"syscall","time":"2026-03-01T10:20:30.000000001Z","fields":{}} left out: invalid time "garbage": want a time in RFC 3339 format`},
		{"the source that has most fields", `{"rule": "r", "output_fields": {"evt.time": 1, "ka.verb": "get", "ka.uri": "/x"}}`,
			`{"source":"k8s_audit","time":"1970-01-01T00:00:00.000000001Z","fields":{"ka.uri":"/x","ka.verb":"get"}}`},
		{"the source of the rule", `{"rule": "of okta", "output_fields": {}}`, `{"source":"okta","fields":{}}`},
		{"no alert", `{"proc": {"name": "cat"}}`, `0: not a Falco alert: expected an object with "rule" and "output_fields"`},
		{"not an object", `[1]`, `0: an alert must be an object, found array`},
		{"wrong type", `{"rule": 1}`, `9: rule must be a string, found number`},
		{"fields of a wrong type", `{"rule": "r", "output_fields": 1}`, `31: output_fields must be an object, found number`},
		{"source", `{"rule": "r", "source": "s", "output_fields": {}}`, `0: unknown source "s"`},
		{"broken", `{"rule": "r",, }`, `13: not JSON: invalid character ',' looking for beginning of object key string`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			alerts := draft.NewAlerts(fixtures.Sources(all.Sources()))
			alerts.SourceOf = func(rule string) string { return map[string]string{"of okta": "okta"}[rule] }
			alert, err := alerts.Read([]byte(c.alert))
			if err != nil {
				bad := diag.Of(err)[0]
				got = fmt.Sprintf("%d: %s", bad.Range.Start.Offset, bad.Message)
			} else {
				got = strings.TrimSpace(string(alert.JSON()))
				if alert.LeftOut != nil {
					got += " left out: " + strings.Join(alert.LeftOut, "; ")
				}
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestSkippedAlerts checks the reasons for skipping tests, and that the search ends with
// the context.
func TestSkippedAlerts(t *testing.T) {
	files := []loader.File{{Name: "rules.yaml", Data: []byte("- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type = execve and proc.name = a and proc.aname = x\n")}}
	sources := fixtures.Sources(all.Sources())
	ctx, cancel := context.WithCancel(context.Background())
	suite, err := draft.NewAlertSuite(draft.Rules{Names: []string{"rules.yaml"}, Files: files, Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	test := func(fields string) (string, error) {
		alert, err := draft.NewAlerts(sources).Read([]byte(`{"rule": "r", "output_fields": {` + fields + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		text, err := suite.Test(ctx, alert)
		return string(text), err
	}
	for _, c := range []struct{ name, fields, want string }{
		{"contradicts", `"proc.name": "b"`, "skip: no event was found that matches the alert and fires the rule"},
		{"lists checks", `"proc.name": "b"`, "# The rule does not fire because:\n    #   proc.name = a is false\n"},
		{"values", `"proc.aname": ["a"` + strings.Repeat(`, "a"`, 5000) + `]`, "skip: the alert has too many or too long values"},
		{"long", `"proc.exe": "` + strings.Repeat("a", 300_000) + `"`, "skip: the alert has too many or too long values"},
		{"found", `"proc.name": "a"`, "expect: [r]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if text, err := test(c.fields); err != nil || !strings.Contains(text, c.want) {
				t.Errorf("%s: got %v %.2000s", c.name, err, text)
			}
		})
	}
	if _, err := test(`"proc.aname": ["a"` + strings.Repeat(`, "a"`, 20_000) + `]`); err == nil || err.Error() != "the alert has more than 20000 values, too many for a test" {
		t.Errorf("got %v", err)
	}
	cancel()
	if _, err := test(`"proc.name": "a"`); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := draft.Write(ctx, draft.Rules{Names: []string{"rules.yaml"}, Files: files, Sources: sources}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzAlert reads arbitrary alerts. The tests made from them are valid.
func FuzzAlert(f *testing.F) {
	rules, err := os.ReadFile("testdata/rules.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"rule": "shell", "source": "syscall", "priority": "Notice", "output": "a\nb", "time": "2026-03-01T10:20:30Z", "output_fields": {"proc.name": "bash", "user.name": null}}`))
	f.Add([]byte(`{"rule": "pods: get", "source": "k8s_audit", "output_fields": {"ka.verb": "get", "evt.time": 1}}`))
	f.Add([]byte(`{"rule": "shell", "output_fields": {"proc.env": ["A=B", 1, {"x": null}], "evt.type": "no"}}`))
	sources := fixtures.Sources(all.Sources())
	f.Fuzz(func(t *testing.T, text []byte) {
		alert, err := draft.NewAlerts(sources).Read(text)
		if err != nil {
			return
		}
		for _, files := range [][]loader.File{nil, {{Name: "rules.yaml", Data: rules}}} {
			suite, err := draft.NewAlertSuite(draft.Rules{Names: []string{"rules.yaml"}, Files: files, Sources: sources})
			if err != nil {
				t.Fatal(err)
			}
			head, err := suite.Head()
			if err != nil {
				t.Fatal(err)
			}
			test, err := suite.Test(t.Context(), alert)
			if err != nil {
				continue
			}
			if _, err := ruletest.Read(bytes.NewReader(append(head, test...)), "x_test.yaml"); err != nil {
				t.Errorf("%v\n%s%s", err, head, test)
			}
		}
	})
}

func yamlOf(t *testing.T, value any) *yamlfile.Node {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	docs, bad := yamlfile.Read(text)
	if bad != nil {
		t.Fatal(bad)
	}
	return docs[0]
}

// FuzzWrite writes suites for arbitrary rules that load. The suites are valid.
func FuzzWrite(f *testing.F) {
	rules, err := os.ReadFile("testdata/rules.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(rules)
	f.Add([]byte("- rule: \"\\t: #\"\n  desc: d\n  output: o\n  priority: INFO\n  condition: not proc.name in (\"a\\nb\", '# x', '- y')\n"))
	sources := fixtures.Sources(all.Sources())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 10_000 {
			return
		}
		d, err := draft.Write(t.Context(), draft.Rules{Names: []string{"rules.yaml"}, Files: []loader.File{{Name: "rules.yaml", Data: data}}, Sources: sources})
		if err != nil || d.Rules == 0 {
			return
		}
		if _, err := ruletest.Read(bytes.NewReader(d.Text), "x_test.yaml"); err != nil {
			t.Errorf("%v\n%s", err, d.Text)
		}
	})
}
