package explain_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/loader/explain"
)

// load loads texts as files f0, f1 and so on.
func load(t testing.TB, source *fixture.Source, texts ...string) *loader.Ruleset {
	t.Helper()
	var files []loader.File
	for i, text := range texts {
		files = append(files, loader.File{Name: fmt.Sprintf("f%d", i), Data: []byte(text)})
	}
	set, err := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{source.Source}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func explainer(t testing.TB, set *loader.Ruleset, rule string, mode eval.Mode) *explain.Explainer {
	t.Helper()
	x, err := explain.New(set, rule, mode)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// checkExplanation checks that an explanation agrees with whether the rule fired, and that
// its texts can be shown.
func checkExplanation(t *testing.T, e *explain.Explanation, fired bool) {
	t.Helper()
	if fired != (e.Outcome == explain.Fired) {
		t.Errorf("%s: fired is %v, but the outcome is %q: %s", e.Name, fired, e.Outcome, e.Summary())
	}
	text := e.Text(explain.TextOptions{})
	first, _, _ := strings.Cut(text, "\n")
	if first != e.Summary() {
		t.Errorf("%s: the first line is %q, the summary %q", e.Name, first, e.Summary())
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) && r != '\t' }) || !utf8.ValidString(text) {
		t.Errorf("%s: got control characters or invalid UTF-8 in %q", e.Name, text)
	}
	ascii := strings.NewReplacer("✓", "+", "✗", "-", "·", ".", "→", ">").Replace(text)
	if got := e.Text(explain.TextOptions{ASCII: true}); strings.ReplaceAll(got, "...", "…") != strings.ReplaceAll(ascii, "...", "…") {
		t.Errorf("%s: the ASCII text is\n%s", e.Name, got)
	}
	if colored := escapes.ReplaceAllString(e.Text(explain.TextOptions{Color: true}), ""); colored != text {
		t.Errorf("%s: the text is %q with colours and %q without", e.Name, colored, text)
	}
	line, err := json.Marshal(e)
	if err != nil || !json.Valid(line) || bytes.ContainsRune(line, '\n') {
		t.Errorf("%s: got JSON %s, %v", e.Name, line, err)
	}
	if len(text) > 1<<20 || len(line) > 16<<20 {
		t.Errorf("%s: the text has %d bytes, the JSON %d", e.Name, len(text), len(line))
	}
}

// TestOfficialEvents explains each of Falco's own rules on events that fire any of them,
// and compares the explanations with the engine.
func TestOfficialEvents(t *testing.T) {
	rules, err := os.ReadFile(filepath.Join(conformance.WholeDir(t), "official", "falco_rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../testdata/falco_rules_suite.yaml")
	if err != nil {
		t.Fatal(err)
	}
	docs, bad := yamlfile.Read(text)
	if bad != nil {
		t.Fatal(bad)
	}
	base := docs[0].Get("base") // a mapping of names to events
	if base == nil {
		t.Fatal("the suite has no events")
	}
	source := fixtures.NewSource()
	set := load(t, source, string(rules))
	decoder := fixture.NewDecoder(&fieldsets.Stream{}, source)
	for _, mode := range []eval.Mode{eval.FirstMatch, eval.AllMatches} {
		matcher := set.Engine.NewMatcher(mode)
		for _, r := range set.Rules {
			x := explainer(t, set, r.Name, mode)
			for i := 1; i < len(base.Content); i += 2 {
				ev, err := decoder.DecodeNode(base.Content[i])
				if err != nil {
					t.Fatal(err)
				}
				fired := false
				for _, m := range matcher.Match(ev) {
					fired = fired || m.Rule.Name == r.Name
				}
				checkExplanation(t, x.Explain(ev), fired)
			}
		}
	}
}

// event returns a fixture.
func event(t testing.TB, source *fixture.Source, text string) *fieldsets.Event {
	t.Helper()
	ev, err := fixture.NewDecoder(&fieldsets.Stream{}, source).DecodeYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

const ruleHead = "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: >\n    "

// TestSummary tests the wording. The tests of the command have an example of each cause.
func TestSummary(t *testing.T) {
	source := fixtures.NewSource()
	for _, test := range []struct{ condition, event, want string }{
		{"proc.name = val(proc.pname)", "{proc: {name: a, parent: {name: b}}}",
			"did not fire: proc.name is a and proc.pname is b, so proc.name = val(proc.pname) is false (f0:6)"},
		{"proc.name = val(proc.pname)", "{proc: {name: a}}",
			"did not fire: proc.name is a and proc.pname has no value, so proc.name = val(proc.pname) is false (f0:6)"},
		{"proc.tty exists", "{proc: {name: a}}", "did not fire: proc.tty has no value, so proc.tty exists is false (f0:6)"},
		{"tolower(proc.name) = a", "{proc: {name: B}}", "did not fire: tolower(proc.name) is b, so tolower(proc.name) = a is false (f0:6)"},
		{"proc.name = ''", `{proc: {name: "a\tb\x1b"}}`, `did not fire: proc.name is "a\tb\x1b", so proc.name = "" is false (f0:6)`},
		{`proc.name in (ci, "")`, "{proc: {name: a}}", `did not fire: proc.name is a, so proc.name in (ci, "") is false (f0:6)`},
		{"not proc.name contains ''", "{proc: {name: a}}", `did not fire: proc.name is a, so not proc.name contains "" is false (f0:6)`},
		{"proc.name != oneof ('', a)", "{proc: {name: a}}", `fired: proc.name is a, so proc.name != oneof ("", a) is true (f0:6)`},
		{`join("", (proc.name, "")) = ab`, "{proc: {name: a}}", `did not fire: join("",(proc.name,"")) is a, so join("",(proc.name,"")) = ab is false (f0:6)`},
		{"proc.name = a", `{proc: {name: ""}}`, `did not fire: proc.name is "", so proc.name = a is false (f0:6)`},
		{"not not (not proc.name = a)", "{proc: {name: a}}", "did not fire: proc.name is a, so not proc.name = a is false (f0:6)"},
		{"not (proc.name = a or proc.name = b)", "{proc: {name: b}}",
			"did not fire: proc.name is b, so proc.name = b is true inside a not (f0:6)"},
		{"proc.name = Bash", "{proc: {name: bash}}", "did not fire: proc.name is bash, so proc.name = Bash is false (f0:6; Bash differs only in case)"},
		{"proc.name in (a, /bin/bash)", "{proc: {name: bash}}",
			"did not fire: proc.name is bash, so proc.name in (a, /bin/bash) is false (f0:6; /bin/bash includes the directory)"},
		{"proc.name = 'bash '", "{proc: {name: bash}}",
			`did not fire: proc.name is bash, so proc.name = "bash " is false (f0:6; "bash " differs only in spaces)`},
		{"proc.cmdline endswith .SH", "{proc: {cmdline: x.sh}}",
			"did not fire: proc.cmdline is x.sh, so proc.cmdline endswith .SH is false (f0:6; .SH differs only in case)"},
		{"proc.cmdline = x", "{proc: {cmdline: " + strings.Repeat("é", 200) + "}}",
			"did not fire: proc.cmdline is " + strings.Repeat("é", 50) + "…, so proc.cmdline = x is false (f0:6)"},
		{"proc.name in (a, b, c, d, e, f, g, h, i, j)", "{proc: {name: x}}",
			"did not fire: proc.name is x, so proc.name in (a, b, c, d, e, f, g, h, … 2 more) is false (f0:6)"},
		{"proc.name = a or proc.name = b or fd.name = c or fd.num = 1", "{proc: {name: x}, fd: {num: 3}}",
			"did not fire: proc.name is x, so proc.name = a is false (f0:6), and so is proc.name = b (f0:6); fd.name has no value, so fd.name = c is false (f0:6); and 1 more check"},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			set := load(t, source, ruleHead+test.condition+"\n")
			got := explainer(t, set, "R", eval.FirstMatch).Explain(event(t, source, test.event))
			if want := "R " + test.want; got.Summary() != want {
				t.Errorf("%s on %s:\n got %s\nwant %s", test.condition, test.event, got.Summary(), want)
			}
			checkExplanation(t, got, strings.HasPrefix(test.want, "fired"))
		})
	}
}

// TestUnclearValues checks that empty values, and values that look like two, are quoted in
// each form, wherever they come from.
func TestUnclearValues(t *testing.T) {
	source := fixtures.NewSource()
	const list = "- list: odd\n  items: [ci, '\"\"']\n"
	for _, test := range []struct{ name, rules, want string }{
		{"text", ruleHead + `proc.name = ""`, `proc.name = ""`},
		{"single quotes", ruleHead + `proc.name = ''`, `proc.name = ""`},
		{"list", ruleHead + `proc.name in (ci, "")`, `proc.name in (ci, "")`},
		{"first of a list", ruleHead + `proc.name in ("", ci)`, `proc.name in ("", ci)`},
		{"next to the name of a list", list + ruleHead + `proc.name in (odd, "")`, `proc.name in (odd, "")`},
		{"items of a list", list + ruleHead + `proc.name in (odd)`, `ci, ""`},
		{"exception", ruleHead + "proc.name = a\n  exceptions: [{name: e, fields: proc.name, values: [ci, '\"\"']}]", `not proc.name in (ci, "")`},
		{"exception of several fields", ruleHead + "proc.name = a\n  exceptions: [{name: e, fields: [proc.name], comps: [in], values: [[[ci, '\"\"']]]}]", `not proc.name in (ci, "")`},
		{"not evaluated", ruleHead + `proc.name = b and (proc.name = "" or proc.name = c)`, `· (proc.name = "" or proc.name = c)`},
		{"transformer", ruleHead + `tolower(proc.name) = ""`, `tolower(proc.name) = ""`},
		{"separators of lists", ruleHead + `proc.name in ("a,b", "c)")`, `proc.name in ("a,b", "c)")`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := explainer(t, load(t, source, test.rules+"\n"), "R", eval.FirstMatch).Explain(event(t, source, "{proc: {name: a}}"))
			if !strings.Contains(e.Text(explain.TextOptions{}), test.want) {
				t.Errorf("no %s in\n%s", test.want, e.Text(explain.TextOptions{}))
			}
			line, err := json.Marshal(e)
			if err != nil || strings.Contains(string(line), "= \"") || strings.Contains(string(line), ", )") {
				t.Errorf("got %s, %v", line, err)
			}
		})
	}
}

// TestMissingAuditID explains rules on an audit event without an auditID.
func TestMissingAuditID(t *testing.T) {
	const event = `{"kind":"Event","verb":"get","stageTimestamp":"2026-03-01T10:20:30Z"}`
	const cause = "the event has no auditID, so no ka field has a value; "
	for _, test := range []struct{ condition, want string }{
		{"ka.verb = get", "did not fire: " + cause + "ka.verb has no value, so ka.verb = get is false (f0:7)"},
		{"not ka.user.name startswith x", "fired: " + cause + "ka.user.name has no value, so not ka.user.name startswith x is true (f0:7)"},
		{"tolower(ka.verb) = get", "did not fire: " + cause + "tolower(ka.verb) has no value, so tolower(ka.verb) = get is false (f0:7)"},
		{"jevt.value[/verb] = val(ka.verb)", "did not fire: " + cause + "jevt.value[/verb] is get and ka.verb has no value, so jevt.value[/verb] = val(ka.verb) is false (f0:7)"},
		{"jevt.value[/verb] = list", "did not fire: jevt.value[/verb] is get, so jevt.value[/verb] = list is false (f0:7)"},
		{"jevt.value[/verb] = list and ka.verb = get", "did not fire: jevt.value[/verb] is get, so jevt.value[/verb] = list is false (f0:7)"},
		{"jevt.value[/nosuch] exists", "did not fire: jevt.value[/nosuch] has no value, so jevt.value[/nosuch] exists is false (f0:7)"},
	} {
		t.Run(test.condition, func(t *testing.T) {
			rules := "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  source: k8s_audit\n  condition: >\n    " + test.condition + "\n"
			set, err := loader.Load([]loader.File{{Name: "f0", Data: []byte(rules)}}, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource()}})
			if err != nil {
				t.Fatal(err)
			}
			x := explainer(t, set, "R", eval.FirstMatch)
			err = k8saudit.NewDecoder(nil).Decode([]byte(event), func(ev *fieldsets.Event) error {
				got := x.Explain(ev)
				if want := "R " + test.want; got.Summary() != want {
					t.Errorf("\n got %s\nwant %s", got.Summary(), want)
				}
				checkExplanation(t, got, strings.HasPrefix(test.want, "fired"))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestLargeConditions checks that little of a large condition is shown, and that it has
// what decided.
func TestLargeConditions(t *testing.T) {
	source := fixtures.NewSource()
	numbered := func(format string, n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf(format, i)
		}
		return out
	}
	var deep strings.Builder
	deep.WriteString("- macro: m0\n  condition: proc.name = bash\n")
	for i := 1; i < 1000; i++ {
		fmt.Fprintf(&deep, "- macro: m%d\n  condition: not m%d and proc.name exists\n", i, i-1)
	}
	var wide strings.Builder
	wide.WriteString("- macro: w0\n  condition: proc.name = bash\n")
	for i := 1; i < 4; i++ {
		fmt.Fprintf(&wide, "- macro: w%d\n  condition: %s\n", i, strings.Join(numbered(fmt.Sprintf("w%d and proc.name != a%%d", i-1), 15), " and "))
	}
	for _, test := range []struct{ name, rules, has string }{
		{"a false or", ruleHead + strings.Join(numbered("proc.name = a%d", 2_000), " or "), "… 1979 more false"},
		{"a false and", ruleHead + strings.Join(numbered("proc.name != a%d", 2_000), " and ") + " and proc.name = x and " + strings.Join(numbered("proc.name != b%d", 1000), " and "),
			"… 1980 more true\n→   ✗ proc.name = x  # proc.name is bash; f0:6\n    … 1000 more not evaluated\n"},
		{"a true or", ruleHead + strings.Join(numbered("proc.name = a%d", 1000), " or ") + " or proc.name = bash", "… 980 more false\n→   ✓ proc.name = bash"},
		{"a list", "- list: l\n  items: [" + strings.Join(numbered("a%d", 10_000), ", ") + "]\n" + ruleHead + "proc.name in (l)", "list l (f0:1): a0, a1, a2, a3, a4, … 9995 more"},
		{"depth", deep.String() + ruleHead + "m999", "… its operands are not shown"},
		{"many macros", wide.String() + ruleHead + "w3", "… its operands are not shown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := load(t, source, test.rules+"\n")
			x := explainer(t, set, "R", eval.FirstMatch)
			got := x.Explain(event(t, source, "{proc: {name: bash}}"))
			text := got.Text(explain.TextOptions{})
			if lines := strings.Count(text, "\n"); lines > 1100 || len(text) > 300_000 {
				t.Errorf("%s: %d lines, %d bytes", test.name, lines, len(text))
			}
			if !strings.Contains(text, test.has) {
				t.Errorf("%s: no %q in\n%.5000s", test.name, test.has, text)
			}
			checkExplanation(t, got, got.Tree.Result)
		})
	}
}

func TestNoSuchRule(t *testing.T) {
	source := fixtures.NewSource()
	for _, test := range []struct{ rules, name, want string }{
		{ruleHead + "proc.name = a\n", "r", `unknown rule "r"; did you mean R?`},
		{ruleHead + "proc.name = a\n", "Something else", `unknown rule "Something else"`},
		{"- macro: m\n  condition: proc.name = a\n", "R", `unknown rule "R"; the files have no rules`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := explain.New(load(t, source, test.rules), test.name, eval.FirstMatch); err == nil || err.Error() != test.want {
				t.Errorf("%s: got %v, want %s", test.name, err, test.want)
			}
		})
	}
}

// TestChangedRules changes Ruleset.Rules, as callers do that show only some rules.
func TestChangedRules(t *testing.T) {
	source := fixtures.NewSource()
	var rules string
	for _, name := range []string{"A", "B", "C"} {
		rules += fmt.Sprintf("- rule: %s\n  desc: d\n  output: o\n  priority: INFO\n  condition: proc.name in (%s, both)\n", name, strings.ToLower(name))
	}
	for _, test := range []struct {
		name   string
		change func(rules []*loader.Rule) []*loader.Rule
	}{
		{"first removed", func(rules []*loader.Rule) []*loader.Rule { return rules[1:] }},
		{"first removed in place", func(rules []*loader.Rule) []*loader.Rule { return slices.Delete(rules, 0, 1) }},
		{"reversed", func(rules []*loader.Rule) []*loader.Rule { slices.Reverse(rules); return rules }},
		{"copies", func(rules []*loader.Rule) []*loader.Rule {
			for i, r := range rules {
				again := *r
				rules[i] = &again
			}
			return rules
		}},
		{"all removed", func([]*loader.Rule) []*loader.Rule { return nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := load(t, source, rules)
			set.Rules = test.change(set.Rules)
			x := explainer(t, set, "B", eval.FirstMatch)
			for process, want := range map[string]string{
				"b":    "B fired: proc.name is b, so proc.name in (b, both) is true (f0:10)",
				"a":    "B did not fire: proc.name is a, so proc.name in (b, both) is false (f0:10)",
				"both": "B did not fire: an earlier rule, A (f0:1), fired first; with all matches, both fire",
			} {
				got := x.Explain(event(t, source, "{proc: {name: "+process+"}}"))
				if got.Summary() != want || got.Rule.Name != "B" {
					t.Errorf("on %s:\n got %s\nwant %s", process, got.Summary(), want)
				}
			}
			for _, r := range set.Rules {
				if text := fmt.Sprintf("in (%s, both)", strings.ToLower(r.Name)); !strings.Contains(ast.String(r.Compiled), text) {
					t.Errorf("rule %s has %s", r.Name, ast.String(r.Compiled))
				}
				trace := r.Trace()
				if at := trace.Root().Origin().Range.Start; at.Line != 5*int(r.Name[0]-'A')+5 {
					t.Errorf("the condition of rule %s is at %s", r.Name, at)
				}
				if got, want := trace.Text(trace.Expr()), fmt.Sprintf("proc.name in (%s, both)", strings.ToLower(r.Name)); got != want {
					t.Errorf("the condition of rule %s is %s, want %s", r.Name, got, want)
				}
			}
		})
	}
}

func FuzzExplain(f *testing.F) {
	for _, text := range []string{
		ruleHead + "not proc.name in (a, b) and fd.name pmatch (/etc)\n  exceptions:\n    - {name: e, fields: [proc.name], values: [[bash]]}\n",
		"- list: l\n  items: [a, b c]\n- macro: m\n  condition: proc.aname in (l) or not fd.name exists\n" + ruleHead + "m and m\n  enabled: false\n",
		ruleHead + "proc.name = a) or (proc.name = bash\n  exceptions:\n    - {name: e, fields: proc.name, values: [bash]}\n",
	} {
		f.Add(text)
	}
	source := fixtures.NewSource()
	f.Fuzz(func(t *testing.T, rules string) {
		set, err := loader.Load([]loader.File{{Name: "f0", Data: []byte(rules)}, {Name: "f1", Data: []byte(rules)}}, loader.Options{Sources: []*fieldsets.Source{source.Source}})
		if err != nil {
			return
		}
		ev := event(t, source, "{evt: {type: open}, proc: {name: bash, parent: {name: sshd}}, fd: {name: /etc/shadow}}")
		matcher := set.Engine.NewMatcher(eval.FirstMatch)
		for i, r := range set.Rules {
			if i > 10 {
				break
			}
			fired := false
			for _, m := range matcher.Match(ev) {
				fired = fired || m.Rule.Name == r.Name
			}
			checkExplanation(t, explainer(t, set, r.Name, eval.FirstMatch).Explain(ev), fired)
		}
	})
}

// TestAll compares explanations of all rules with those of each rule alone.
func TestAll(t *testing.T) {
	source := fixtures.NewSource()
	rule := func(name, condition, more string) string {
		return "- rule: " + name + "\n  desc: d\n  output: o\n  priority: INFO\n  condition: " + condition + "\n" + more
	}
	set := load(t, source, rule("a", "proc.name = x", "")+rule("b", "proc.name = x or fd.num = 3", "")+rule("c", "fd.num = 3", "  enabled: false\n")+
		rule("d", "not proc.name exists", "")+rule("e", "no.field = 3", "  skip-if-unknown-filter: true\n"))
	decoder := fixture.NewDecoder(&fieldsets.Stream{}, source)
	for _, mode := range []eval.Mode{eval.FirstMatch, eval.AllMatches} {
		all, err := explain.NewAll(set, mode)
		if err != nil {
			t.Fatal(err)
		}
		if all.Len() != 5 {
			t.Errorf("%d rules", all.Len())
		}
		for _, event := range []string{"proc: {name: x}", "fd: {num: 3}", "proc: {name: y}", "proc: {name: x}\nfd: {num: 3}"} {
			ev, err := decoder.DecodeYAML([]byte(event))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range all.Explain(ev) {
				if alone := explainer(t, set, e.Name, mode).Explain(ev); e.Summary() != alone.Summary() {
					t.Errorf("%s: got %q for all rules, %q for the rule alone", event, e.Summary(), alone.Summary())
				}
				if line := e.Line(); strings.Contains(line, "\n") || !strings.HasPrefix(line, string(e.Outcome)) || !strings.Contains(line, e.Name) {
					t.Errorf("%s: %q", event, line)
				}
			}
		}
	}
}

func TestRulesThatDidNotLoad(t *testing.T) {
	set, err := loader.Load([]loader.File{{Name: "f0", Data: []byte(ruleHead + "no.field = a\n")}}, loader.Options{Sources: []*fieldsets.Source{fixtures.NewSource().Source}})
	if err == nil {
		t.Fatal("the rules loaded")
	}
	const want = "the rules did not load"
	if _, err := explain.New(set, "R", eval.FirstMatch); err == nil || err.Error() != want {
		t.Errorf("New: got %v, want %s", err, want)
	}
	if _, err := explain.NewAll(set, eval.FirstMatch); err == nil || err.Error() != want {
		t.Errorf("NewAll: got %v, want %s", err, want)
	}
}
