package route_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/loader/explain"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
)

const rules = `
- list: secret_kinds
  items: [secrets, configmaps]
- macro: by_a_person
  condition: not ka.user.name startswith "system:"
- rule: Secret
  desc: d
  source: k8s_audit
  condition: ka.target.resource in (secret_kinds)
  output: user=%ka.user.name did %ka.verb on %toupper(ka.target.name)
  priority: NOTICE
  tags: [pii, k8s]
- rule: Exec
  desc: d
  source: k8s_audit
  condition: ka.target.subresource = exec
  output: exec by %ka.user.name
  priority: CRITICAL
  tags: [k8s]
- rule: Shell
  desc: d
  condition: proc.name = bash
  output: shell %proc.cmdline by %user.name %proc.env[HOME]
  priority: WARNING
  tags: [shell]
`

// sources read events and fixtures.
var sources = fixtures.Sources(all.Sources())

func load(t testing.TB, text string) *loader.Ruleset {
	t.Helper()
	options := loader.Options{}
	for _, s := range sources {
		options.Sources = append(options.Sources, s.Source)
	}
	set, err := loader.Load([]loader.File{{Name: "rules.yaml", Data: []byte(text)}}, options)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// text returns a value as from a file.
func text(s string) rulesfile.Value {
	_, values := rulesfile.Texts("routes", s)
	return values[0]
}

// when returns a route.
func when(name, condition string, to ...string) *route.Route {
	r := &route.Route{Name: name, To: to, At: diag.Range{File: "routes", Start: diag.Pos{Line: 1, Column: 1}}}
	if condition != "" {
		r.When = text(condition)
	}
	return r
}

func goesOn(r *route.Route) *route.Route { r.Continue = true; return r }

func drops(r *route.Route) *route.Route { r.Drop, r.To = true, nil; return r }

// matches are events and the alerts that they raise.
type matches struct {
	matcher *eval.Matcher
	events  map[string]*fieldsets.Event
}

// given are events by the names of their rules.
var given = map[string]string{
	"Secret": `{source: k8s_audit, fields: {ka.target.resource: secrets, ka.target.name: db, ka.target.namespace: prod, ka.user.name: jane, ka.verb: get}}`,
	"Exec":   `{source: k8s_audit, fields: {ka.target.resource: pods, ka.target.subresource: exec, ka.user.name: "system:node", ka.verb: create}}`,
	"Shell":  `{source: syscall, fields: {proc.name: bash, proc.cmdline: bash -i, user.name: root, evt.type: execve, "proc.env[HOME]": /root}}`,
}

func newMatches(t testing.TB, set *loader.Ruleset) *matches {
	t.Helper()
	m := &matches{set.Engine.NewMatcher(eval.FirstMatch), map[string]*fieldsets.Event{}}
	for name, f := range given {
		ev, err := fixture.NewDecoder(nil, sources...).DecodeYAML([]byte(f))
		if err != nil {
			t.Fatal(err)
		}
		m.events[name] = ev
	}
	return m
}

// alert returns the alert of a rule.
func (m *matches) alert(t testing.TB, rule string) route.Alert {
	t.Helper()
	if rule == route.HotRestartFailure.Name {
		return route.Alert{Match: eval.Match{Rule: route.HotRestartFailure}, Message: "it failed"}
	}
	found := m.matcher.Match(m.events[rule])
	if len(found) != 1 || found[0].Rule.Name != rule {
		t.Fatalf("the event of rule %s fires %v", rule, found)
	}
	return route.Alert{Match: found[0]}
}

func names(taken []route.Taken) string {
	var out []string
	for _, t := range taken {
		out = append(out, t.Route.Name)
	}
	return strings.Join(out, " ")
}

func TestRoutes(t *testing.T) {
	const none = "-"
	ordered := []string{"Secret", "Exec", "Shell", route.HotRestartFailure.Name}
	for _, test := range []struct {
		when string
		// want are the rules whose alerts the route takes.
		want []string
	}{
		{"alert.rule = Exec", []string{"Exec"}},
		{"alert.rule in (Exec, Shell)", []string{"Exec", "Shell"}},
		{"alert.rule contains ec", []string{"Secret", "Exec"}},
		{"alert.source = syscall", []string{"Shell"}},
		{"alert.source = internal", []string{route.HotRestartFailure.Name}},
		{"alert.source != k8s_audit", []string{"Shell", route.HotRestartFailure.Name}},
		{"alert.priority <= WARNING", []string{"Exec", "Shell", route.HotRestartFailure.Name}},
		{"alert.priority < warning", []string{"Exec", route.HotRestartFailure.Name}},
		{"alert.priority > Critical", []string{"Secret", "Shell"}},
		{"alert.priority = info or alert.priority in (notice, debug)", []string{"Secret"}},
		{"alert.priority != NOTICE", []string{"Exec", "Shell", route.HotRestartFailure.Name}},
		{"alert.tags intersects (pii, shell)", []string{"Secret", "Shell"}},
		{"alert.tags in (pii, k8s)", []string{"Secret", "Exec", route.HotRestartFailure.Name}}, // all of no tags are in the list
		{"not alert.tags exists", nil},
		{"alert.output contains jane", []string{"Secret"}},
		{"alert.output contains failed", []string{route.HotRestartFailure.Name}},
		{"toupper(alert.rule) = SHELL", []string{"Shell"}},
		{"ka.verb = get", []string{"Secret"}},
		{"ka.verb != get", []string{"Exec"}},
		{"not ka.verb = get", []string{"Exec", "Shell", route.HotRestartFailure.Name}},
		{"proc.name = bash or ka.verb = create", []string{"Exec", "Shell"}},
		{"proc.name = bash and ka.verb = create", nil},
		{"ka.target.resource in (secret_kinds)", []string{"Secret"}},
		{"by_a_person", []string{"Secret", "Shell", route.HotRestartFailure.Name}},
		{"by_a_person and alert.source = k8s_audit", []string{"Secret"}},
		{"evt.source = k8s_audit", []string{"Secret", "Exec"}},
		{"proc.env[HOME] = /root", []string{"Shell"}},
		{"ka.verb = val(ka.user.name)", []string{}},
		{"ka.uri.param[x] exists", []string{}},
		{"not (alert.source = syscall or ka.verb = get)", []string{"Exec", route.HotRestartFailure.Name}},
	} {
		t.Run(subtest.Name(test.when), func(t *testing.T) {
			set := load(t, rules)
			router, err := route.New(set, []*route.Route{when("x", test.when, "a"), when(none, "", "b")})
			if test.want == nil {
				if err == nil || !strings.Contains(err.Error(), "route x can never match") {
					t.Errorf("got error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			events, m := newMatches(t, set), router.NewMatcher()
			got := []string{}
			for range 2 { // the second time, states are reused
				got = got[:0]
				for _, rule := range ordered {
					if names(m.Route(events.alert(t, rule))) == "x" {
						got = append(got, rule)
					}
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("takes %q, want %q", got, test.want)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	set := load(t, rules)
	router, err := route.New(set, []*route.Route{
		goesOn(when("copy", "alert.source = k8s_audit", "c")),
		drops(when("noise", "ka.user.name = jane and alert.tags intersects (k8s)")),
		when("people", "by_a_person", "p"),
		goesOn(when("all", "", "q")),
		when("rest", "", "r"),
	})
	if err != nil {
		t.Fatal(err)
	}
	events, m := newMatches(t, set), router.NewMatcher()
	for rule, want := range map[string]string{"Secret": "copy noise", "Exec": "copy all rest", "Shell": "people", route.HotRestartFailure.Name: "people"} {
		if got := names(m.Route(events.alert(t, rule))); got != want {
			t.Errorf("%s: got %s, want %s", rule, got, want)
		}
	}
}

func TestRedact(t *testing.T) {
	set := load(t, rules)
	redacts := when("x", "", "a")
	redacts.Redact = []rulesfile.Value{text("ka.target.name"), text("proc.env"), text("user")}
	if _, err := route.New(set, []*route.Route{redacts}); err == nil || !strings.Contains(err.Error(), "user") {
		t.Errorf("redacting something that is not a field: %v", err)
	}
	redacts.Redact = []rulesfile.Value{text("ka.target.name"), text("proc.env"), text("user.name")}
	router, err := route.New(set, []*route.Route{redacts})
	if err != nil {
		t.Fatal(err)
	}
	events, m := newMatches(t, set), router.NewMatcher()
	for rule, want := range map[string]string{
		"Secret": "user=jane did get on [redacted]",
		"Exec":   "exec by system:node",
		"Shell":  "shell bash -i by [redacted] [redacted]",
	} {
		a := events.alert(t, rule)
		taken := m.Route(a)[0]
		if got := taken.Match.Message(); got != want {
			t.Errorf("%s: got %s", rule, got)
		}
		object := string(taken.Match.AppendJSON(nil))
		for _, secret := range []string{`"ka.target.name":"db"`, `:"/root"`, `"user.name":"root"`} {
			if strings.Contains(object, secret) {
				t.Errorf("%s: the JSON has %s: %s", rule, secret, object)
			}
		}
		if a.Match.Rule == taken.Match.Rule && rule != "Exec" {
			t.Errorf("%s is not redacted", rule)
		}
	}
}

func TestErrors(t *testing.T) {
	last := when("-", "", "z")
	for _, test := range []struct {
		name   string
		routes []*route.Route
		want   []string
	}{
		{"none", nil, []string{"there are no routes"}},
		{"no last one", []*route.Route{when("a", "alert.rule = Exec", "x")}, []string{"the last route must take all alerts that no other route takes"}},
		{"continue at the end", []*route.Route{goesOn(when("a", "", "x"))}, []string{"the last route must take all alerts"}},
		{"same name", []*route.Route{when("a", "alert.rule = Exec", "x"), when("a", "", "x")}, []string{"another route is also called \"a\""}},
		{"neither", []*route.Route{when("a", "alert.rule = Exec"), last}, []string{"route a has neither to nor drop"}},
		{"unknown field", []*route.Route{when("a", "ka.verbb = get", "x"), last}, []string{"1:1: neither alerts nor events have a field ka.verbb; did you mean ka.verb?"}},
		{"unknown alert field", []*route.Route{when("a", "not alert.tag = x", "x"), last}, []string{"1:5: neither alerts nor events have a field alert.tag; did you mean alert.tags?"}},
		{"argument", []*route.Route{when("a", "proc.env[ = x", "x"), last}, []string{"1:"}},
		{"operator", []*route.Route{when("a", "alert.priority contains WARNING", "x"), last}, []string{"1:1: "}},
		{"type of another source", []*route.Route{when("a", "proc.pid = bash", "x"), last}, []string{`1:12: invalid value "bash" for proc.pid`}},
		{"syntax", []*route.Route{when("a", "alert.rule = (", "x"), when("b", "alert.rule exists exists", "x"), last}, []string{"1:14: ", "1:19: "}},
		{"priority", []*route.Route{when("a", "alert.priority <= WARNINGS", "x"), when("b", "alert.priority in (high, 4)", "x"), last},
			[]string{`1:19: "WARNINGS" is not a priority; did you mean WARNING?`, `1:20: "high" is not a priority; the priorities are`}},
		{"name for another number", []*route.Route{when("a", "proc.pid < WARNING", "x"), last}, []string{`1:12: invalid value "WARNING" for proc.pid: want a whole decimal number`}},
		{"rule", []*route.Route{when("a", "alert.rule in (Exec, Shel)", "x"), last}, []string{`1:22: there is no rule "Shel"; did you mean Shell?`}},
		{"source", []*route.Route{when("a", "alert.source = k8saudit", "x"), last}, []string{`1:16: there is no event source "k8saudit"; did you mean k8s_audit?`}},
		{"tag", []*route.Route{when("a", "alert.tags intersects (pi)", "x"), last}, []string{`route a can never match: its condition is false for the alerts of all rules; no rule has the tag "pi"; did you mean pii?`}},
		{"other source", []*route.Route{when("a", "gcp.user = x", "x"), last}, []string{"gcp.user is a field of source gcp_auditlog, but no rule of that source is loaded"}},
		{"macro", []*route.Route{when("a", "by_person", "x"), last}, []string{"1:1: Undefined macro 'by_person' used in filter.; did you mean by_a_person?"}},
		{"covered", []*route.Route{when("a", "alert.source = syscall", "x"), when("b", "alert.rule = Shell and proc.name = x", "x"), last}, []string{"no alert gets to route b: earlier routes take all"}},
		{"twice", []*route.Route{when("a", "ka.verb = get", "x"), when("b", "ka.verb  =  get", "x"), last}, []string{"no alert gets to route b"}},
		{"after the end", []*route.Route{when("a", "", "x"), when("b", "alert.rule = Exec", "x"), last}, []string{"no alert gets to route b", "no alert gets to route -"}},
	} {
		t.Run(subtest.Name(test.name), func(t *testing.T) {
			_, err := route.New(load(t, rules), test.routes)
			list := diag.Of(err)
			if len(list) != len(test.want) {
				t.Fatalf("got %d errors, want %d: %v", len(list), len(test.want), err)
			}
			for i, d := range list {
				got := fmt.Sprintf("%d:%d: %s; %s", d.Range.Start.Line, d.Range.Start.Column, d.Message, d.Hint)
				if !strings.Contains(got, test.want[i]) {
					t.Errorf("got  %s\nwant %s", got, test.want[i])
				}
				if d.Code == "" {
					t.Errorf("no code: %v", d)
				}
			}
		})
	}
}

func TestLimiter(t *testing.T) {
	set := load(t, rules)
	r := when("x", "", "a")
	r.Deduplicate = route.Deduplicate{By: text("%alert.rule/%alert.priority/%ka.user.name/%proc.name"), For: time.Minute}
	r.RateLimit = route.RateLimit{Alerts: 2, Per: time.Hour}
	router, err := route.New(set, []*route.Route{r})
	if err != nil {
		t.Fatal(err)
	}
	events, m := newMatches(t, set), router.NewMatcher()
	var l route.Limiter
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, test := range []struct {
		rule, id string
		after    time.Duration
		want     route.Outcome
		written  string // ID
	}{
		{"Exec", "1", 0, route.Passed, ""},
		{"Exec", "1", 0, route.Passed, "1 1"}, // it arrived again before it was written
		{"Exec", "2", time.Second, route.Duplicate, ""},
		{"Exec", "1", 0, route.Duplicate, ""},
		{"Exec", "3", -time.Second, route.Duplicate, ""},
		{"Secret", "4", time.Second, route.Passed, "4"},
		{"Shell", "5", time.Second, route.RateLimited, ""},
		{"Exec", "6", time.Minute, route.RateLimited, ""},
		{"Shell", "7", time.Hour, route.Passed, "7"},
		{"Exec", "8", time.Hour, route.Passed, "8"},
		{"Secret", "9", time.Hour, route.RateLimited, ""},
	} {
		a := events.alert(t, test.rule)
		taken := m.Route(a)[0]
		at := start.Add(test.after)
		if got := l.Check(&taken, test.id, at); got != test.want {
			t.Errorf("%d: Check returns %d, want %d", i, got, test.want)
		}
		if got := l.Pass(&taken, test.id, at); got != test.want {
			t.Errorf("%d: Pass returns %d, want %d", i, got, test.want)
		}
		for id := range strings.FieldsSeq(test.written) {
			l.Written(taken.Route, id)
		}
	}
}

func TestWarnings(t *testing.T) {
	set := load(t, rules+`
- list: verbs
  items: [get]
- macro: reads
  condition: ka.verb in (verbs)
- list: unused_list
  items: [a]
- list: names
  items: [jane]
- macro: unused_macro
  condition: ka.verb = list
`)
	router, err := route.New(set, []*route.Route{when("a", "reads and ka.user.name in (names)", "x"), when("b", "", "y")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range router.Warnings(set.Warnings) {
		if d.Code == loader.WarnUnusedMacro || d.Code == loader.WarnUnusedList {
			got = append(got, d.Message)
		}
	}
	slices.Sort(got)
	// by_a_person is in the rules.
	if want := `nothing uses list "unused_list" nothing uses macro "by_a_person" nothing uses macro "unused_macro"`; strings.Join(got, " ") != want {
		t.Errorf("got %q", got)
	}
}

func TestExplainer(t *testing.T) {
	set := load(t, rules)
	x, err := route.NewExplainer(set, []*route.Route{
		goesOn(when("urgent", "alert.priority <= WARNING and (proc.name = bash or by_a_person)", "a")),
		when("people", "by_a_person", "b"),
		when("rest", "", "c"),
	})
	if err != nil {
		t.Fatal(err)
	}
	events := newMatches(t, set)
	for rule, want := range map[string]string{
		"Secret": "urgent false: alert.priority is Notice, so alert.priority <= WARNING is false (routes:1)\n" +
			"people true: ka.user.name is jane, so not ka.user.name startswith system: is true (macro by_a_person, rules.yaml:5)\n",
		"Exec": "urgent false: proc.name has no value, so proc.name = bash is false (routes:1); ka.user.name is system:node, so not ka.user.name startswith system: is false (macro by_a_person, rules.yaml:5)\n" +
			"people false: ka.user.name is system:node, so not ka.user.name startswith system: is false (macro by_a_person, rules.yaml:5)\nrest true\n",
		"Shell": "urgent true: alert.priority is Warning, so alert.priority <= WARNING is true (routes:1); proc.name is bash, so proc.name = bash is true (routes:1)\n" +
			"people true: ka.user.name has no value, so not ka.user.name startswith system: is true (macro by_a_person, rules.yaml:5)\n",
	} {
		var got strings.Builder
		for _, e := range x.Explain(events.alert(t, rule)) {
			fmt.Fprintf(&got, "%s %t", e.Route.Name, e.Taken)
			if e.Tree != nil {
				fmt.Fprintf(&got, ": %s", strings.Join(explain.Reasons(e.Tree, e.Trace), "; "))
			}
			got.WriteByte('\n')
		}
		if got.String() != want {
			t.Errorf("%s: got\n%swant\n%s", rule, &got, want)
		}
	}
	if _, err := route.NewExplainer(set, nil); err == nil {
		t.Error("no error for no routes")
	}
}
