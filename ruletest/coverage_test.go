package ruletest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/coverage"
	"github.com/falcorules/falcorules/ruletest/report"
)

func TestCoveredOutcomes(t *testing.T) {
	const rule = "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: "
	for _, test := range []struct {
		name, rules string
		events      []string
		want        string // a line for each check: T and F for its covered outcomes
		fired       string // for each rule: fired +, did not fire -, both ±, not tested ·
		mode        eval.Mode
		enable      string
	}{
		{name: "and, all true", rules: rule + "proc.name = a and proc.pname = b", events: []string{"proc.name: a, proc.pname: b"},
			want: "T- proc.name = a\nT- proc.pname = b\n", fired: "r+"},
		{name: "and, one false", rules: rule + "proc.name = a and proc.pname = b", events: []string{"proc.name: a", "proc.pname: b"},
			want: "-F proc.name = a\n-F proc.pname = b\n", fired: "r-"},
		{name: "and, both false: neither is covered", rules: rule + "proc.name = a and proc.pname = b", events: []string{"proc.name: x"},
			want: "-- proc.name = a\n-- proc.pname = b\n", fired: "r-"},
		{name: "or, one true", rules: rule + "proc.name = a or proc.pname = b", events: []string{"proc.name: a"},
			want: "T- proc.name = a\n-- proc.pname = b\n", fired: "r+"},
		{name: "or, both true: neither is covered", rules: rule + "proc.name = a or proc.pname = b", events: []string{"proc.name: a, proc.pname: b"},
			want: "-- proc.name = a\n-- proc.pname = b\n", fired: "r+"},
		{name: "or, none true", rules: rule + "proc.name = a or proc.pname = b", events: []string{"proc.name: x"},
			want: "-F proc.name = a\n-F proc.pname = b\n", fired: "r-"},
		{name: "checks after a false operand of an and count, too", rules: rule + "(proc.name = a or proc.name = b) and proc.pname = c", events: []string{"proc.name: x, proc.pname: c"},
			want: "-F proc.name = a\n-F proc.name = b\n-- proc.pname = c\n", fired: "r-"},
		{name: "not: the check itself counts", rules: rule + "not (proc.name = a or not proc.pname = b)", events: []string{"proc.pname: b"},
			want: "-F proc.name = a\nT- proc.pname = b\n", fired: "r+"},
		{name: "a macro is shared by all rules", rules: "- macro: m\n  condition: proc.name = a\n" + rule + "m and proc.pname = b\n" + strings.ReplaceAll(rule, "rule: r", "rule: s") + "m and proc.pname = c",
			events: []string{"proc.name: a, proc.pname: b", "proc.name: x, proc.pname: c"},
			want:   "TF proc.name = a\nT- proc.pname = b\n-- proc.pname = c\n", fired: "r± s-"},
		{name: "each use of a macro counts separately", rules: "- macro: m\n  condition: proc.name = a\n" + rule + "(m and proc.pname = b) or (m and proc.pname = c)",
			events: []string{"proc.name: a, proc.pname: b"},
			want:   "T- proc.name = a\nT- proc.pname = b\n-- proc.pname = c\n", fired: "r+"},
		{name: "values of exceptions", rules: rule + "proc.name in (a, b)\n  exceptions:\n    - {name: e, fields: [proc.pname, user.name], values: [[c, root], [d, root]]}\n    - {name: one, fields: proc.tty, values: [1, 2]}",
			events: []string{"proc.name: a, proc.pname: c, user.name: root", "proc.name: b, proc.tty: 2", "proc.name: a, proc.pname: d"},
			want:   "T- proc.name in (a, b)\nT- proc.pname = c\nT- user.name = root\n-- proc.pname = d\n-F user.name = root\nTF proc.tty in (1, 2)\n", fired: "r±"},
		{name: "a list is one check", rules: "- list: l\n  items: [a, b]\n" + rule + "proc.name in (l)", events: []string{"proc.name: a", "proc.name: x"},
			want: "TF proc.name in (l)\n", fired: "r±"},
		{name: "a field of all ancestors", rules: rule + "proc.aname in (sshd, su)", events: []string{`"proc.aname[1]": bash, "proc.aname[2]": sshd`, `"proc.aname[1]": bash`},
			want: "TF proc.aname in (sshd, su)\n", fired: "r±"},
		{name: "constant checks do not count", rules: "- macro: never\n  condition: (evt.num=0)\n- list: none\n  items: []\n" +
			rule + "proc.name = a and not never and not proc.pname in (none) and not (never and user.name = x) and evt.num >= 0", events: []string{"proc.name: a"},
			want: "T- proc.name = a\n", fired: "r+"},
		{name: "another source", rules: rule + "proc.name = a\n" + strings.ReplaceAll(rule, "rule: r", "source: k8s_audit\n  rule: s") + "ka.verb = get", events: []string{"proc.name: a"},
			want: "T- proc.name = a\n-- ka.verb = get\n", fired: "r+ s·"},
		{name: "a disabled rule", rules: rule + "proc.name = a\n" + strings.ReplaceAll(rule, "rule: r", "enabled: false\n  rule: s") + "proc.pname = a", events: []string{"proc.name: a"},
			want: "T- proc.name = a\n", fired: "r+ s·"},
		{name: "a rule that the suite enables", rules: rule + "proc.name = a\n" + strings.ReplaceAll(rule, "rule: r", "enabled: false\n  rule: s") + "proc.pname = a", events: []string{"proc.name: x"}, enable: "s",
			want: "-F proc.name = a\n-F proc.pname = a\n", fired: "r- s-"},
		{name: "rules after the one that fired do not look at the event", rules: rule + "proc.name = a\n" + strings.ReplaceAll(rule, "rule: r", "rule: s") + "proc.pname = b", events: []string{"proc.name: a, proc.pname: b"},
			want: "T- proc.name = a\n-- proc.pname = b\n", fired: "r+ s·"},
		{name: "unless all matches fire", rules: rule + "proc.name = a\n" + strings.ReplaceAll(rule, "rule: r", "rule: s") + "proc.pname = b", events: []string{"proc.name: a, proc.pname: b"}, mode: eval.AllMatches,
			want: "T- proc.name = a\nT- proc.pname = b\n", fired: "r+ s+"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rules.yaml")
			if err := os.WriteFile(path, []byte(test.rules+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			suite := &ruletest.Suite{Name: "s", Rules: []string{path}, Matching: test.mode, Tests: []ruletest.Test{{Name: "t", Expect: []ruletest.Expectation{}}}}
			if test.enable != "" {
				suite.Enable = []string{test.enable}
			}
			for _, ev := range test.events {
				suite.Tests[0].Events = append(suite.Tests[0].Events, ruletest.ParseEvent("fields: {"+ev+"}"))
			}
			results := ruletest.RunSuites(t.Context(), []*ruletest.Suite{suite}, ruletest.Options{Coverage: true})
			if errs := results.Suites[0].Errors; len(errs) > 0 {
				t.Errorf("%s: %v", test.name, errs)
				return
			}
			got := ""
			for _, c := range results.Coverage.Checks {
				got += mark(c.True, "T") + mark(c.False, "F") + " " + c.Text + "\n"
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
			var fired []string
			for _, r := range results.Coverage.Rules {
				fired = append(fired, r.Name+map[[2]bool]string{{true, true}: "±", {true, false}: "+", {false, true}: "-", {false, false}: "·"}[[2]bool{r.Fired, r.NotFired}])
			}
			if got := strings.Join(fired, " "); got != test.fired {
				t.Errorf("%s: fired %s, want %s", test.name, got, test.fired)
			}
		})
	}
}

func mark(is bool, what string) string {
	if is {
		return what
	}
	return "-"
}

// TestReports compares reports with golden files. Three suites have the same rules.
func TestReports(t *testing.T) {
	paths := []string{"testdata/coverage/a_test.yaml", "testdata/coverage/b_test.yaml", "testdata/coverage/c_test.yaml"}
	for _, run := range []struct {
		name    string
		options ruletest.Options
		paths   []string
		write   func(io.Writer, *ruletest.Results) error
	}{
		{"text", ruletest.Options{Coverage: true}, paths[:2], func(w io.Writer, r *ruletest.Results) error {
			return report.CoverageText(w, r.Coverage, report.TextOptions{})
		}},
		{"verbose", ruletest.Options{Coverage: true}, paths, func(w io.Writer, r *ruletest.Results) error {
			return report.CoverageText(w, r.Coverage, report.TextOptions{Verbose: true})
		}},
		{"color", ruletest.Options{Coverage: true}, paths[:1], func(w io.Writer, r *ruletest.Results) error {
			return report.CoverageText(w, r.Coverage, report.TextOptions{Color: true})
		}},
		{"json", ruletest.Options{Coverage: true}, paths[:2], func(w io.Writer, r *ruletest.Results) error { return report.CoverageJSON(w, r.Coverage) }},
		{"html", ruletest.Options{Coverage: true}, paths[:2], func(w io.Writer, r *ruletest.Results) error { return report.CoverageHTML(w, r.Coverage) }},
		{"mutation", ruletest.Options{Mutate: true}, paths, func(w io.Writer, r *ruletest.Results) error {
			return report.MutationText(w, r.Mutation, report.TextOptions{})
		}},
		{"nothing", ruletest.Options{Coverage: true, Mutate: true, Run: regexp.MustCompile("^$")}, paths, func(w io.Writer, r *ruletest.Results) error {
			return errors.Join(report.CoverageText(w, r.Coverage, report.TextOptions{}), report.MutationText(w, r.Mutation, report.TextOptions{}), report.JSON(w, r))
		}},
	} {
		t.Run(run.name, func(t *testing.T) {
			results := ruletest.RunFiles(t.Context(), run.paths, run.options)
			if c := results.Counts(); c.Failed+c.Invalid > 0 {
				t.Errorf("%s: %+v", run.name, c)
			}
			var b bytes.Buffer
			if err := run.write(&b, results); err != nil {
				t.Errorf("%s: %v", run.name, err)
			}
			golden.Check(t, "testdata/coverage/"+run.name+".golden", b.String())
		})
	}
}

// coverageOf writes files and returns the coverage of the suites among them. It runs them
// one after the other, because the order can make a difference.
func coverageOf(t *testing.T, files map[string]string, paths ...string) *coverage.Report {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i := range paths {
		paths[i] = filepath.Join(dir, paths[i])
	}
	results := ruletest.RunFiles(t.Context(), paths, ruletest.Options{Coverage: true, Jobs: 1})
	if c := results.Counts(); c.Failed+c.Invalid > 0 {
		t.Fatalf("%+v: %v", c, results.Suites[0].Errors)
	}
	return results.Coverage
}

// appended has rules, further rules that only some tests load, and suites.
var appended = map[string]string{
	"a.yaml":       "- {rule: A, desc: d, condition: evt.type = execve, output: x, priority: NOTICE}\n",
	"b.yaml":       "- {rule: A, condition: and proc.name = a and proc.pname = b, override: {condition: append}}\n",
	"plain.yaml":   "rules: a.yaml\ntests:\n  - {name: t, event: {evt: {type: execve}}, expect: [A]}\n  - {name: u, event: {evt: {type: open}}, expect: []}\n",
	"more.yaml":    "rules: [a.yaml, b.yaml]\ntests:\n  - {name: t, event: {evt: {type: execve}, proc: {name: a, pname: b}}, expect: [A]}\n",
	"some.yaml":    "rules: a.yaml\ntests:\n  - {name: t, event: {evt: {type: execve}}, expect: [A]}\n  - {name: u, event: {evt: {type: open}}, expect: []}\n  - {name: v, files: b.yaml, event: {evt: {type: execve}, proc: {name: a, pname: b}}, expect: [A]}\n",
	"reverse.yaml": "rules: a.yaml\ntests:\n  - {name: v, files: b.yaml, event: {evt: {type: execve}, proc: {name: a, pname: b}}, expect: [A]}\n  - {name: t, event: {evt: {type: execve}}, expect: [A]}\n  - {name: u, event: {evt: {type: open}}, expect: []}\n",
}

// TestChecksOfSomeTests checks that checks which only some tests append to a rule count, in
// whatever order the tests are run.
func TestChecksOfSomeTests(t *testing.T) {
	for _, paths := range [][]string{{"plain.yaml", "more.yaml"}, {"more.yaml", "plain.yaml"}, {"some.yaml"}, {"reverse.yaml"}} {
		name := strings.Join(paths, " ")
		for range 20 {
			c := coverageOf(t, appended, slices.Clone(paths)...)
			if ratio := coverage.OutcomesOf(c.Rules[0].Checks); ratio != (coverage.Ratio{Covered: 4, Total: 6}) {
				t.Fatalf("%s: the rule has %+v, want 4 of 6", name, ratio)
			}
		}
	}
}

// TestManyRulesets has more rulesets than are cached.
func TestManyRulesets(t *testing.T) {
	files := map[string]string{"a.yaml": appended["a.yaml"]}
	suite := "rules: a.yaml\ntests:\n"
	for i := range 40 {
		files[fmt.Sprintf("more%d.yaml", i)] = fmt.Sprintf("- {rule: A, condition: and proc.name != a%d, override: {condition: append}}\n", i)
		suite += fmt.Sprintf("  - {name: t%d, files: more%d.yaml, event: {evt: {type: execve}, proc: {name: a}}, expect: [A]}\n", i, i)
	}
	files["s.yaml"] = suite
	c := coverageOf(t, files, "s.yaml")
	if ratio := coverage.OutcomesOf(c.Rules[0].Checks); ratio != (coverage.Ratio{Covered: 41, Total: 82}) {
		t.Errorf("the rule has %+v, want 41 of 82", ratio)
	}
}

// TestSharedConditions checks that conditions which share a YAML anchor count separately.
func TestSharedConditions(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"rules.yaml": "- {rule: A, desc: d, condition: &c proc.name = a and proc.pname = b, output: x, priority: NOTICE}\n- {rule: B, desc: d, condition: *c , output: x, priority: NOTICE}\n",
		"first.yaml": "rules: rules.yaml\ntests:\n  - {name: t, event: {proc: {name: a, pname: b}}, expect: [A]}\n",
		"all.yaml": "rules: rules.yaml\nmatching: all\ntests:\n  - {name: t, event: {proc: {name: a, pname: b}}, expect: [A, B]}\n" +
			"  - {name: u, event: {proc: {name: a}}, reject: [A]}\n  - {name: v, event: {proc: {pname: b}}, reject: [A]}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	first := ruletest.RunFiles(t.Context(), []string{filepath.Join(dir, "first.yaml")}, ruletest.Options{Coverage: true}).Coverage
	got := ""
	for _, c := range first.Checks {
		got += c.Rule + ": " + mark(c.True, "T") + mark(c.False, "F") + " " + c.Text + "\n"
	}
	if diff := cmp.Diff("A: T- proc.name = a\nB: -- proc.name = a\nA: T- proc.pname = b\nB: -- proc.pname = b\n", got); diff != "" {
		t.Errorf("the checks (-want +got):\n%s", diff)
	}
	var page bytes.Buffer
	if err := report.CoverageHTML(&page, first); err != nil {
		t.Fatal(err)
	}
	if want := `<mark class="n" title="not covered">proc.name = a</mark>`; !strings.Contains(page.String(), want) {
		t.Errorf("the page has no %s", want)
	}
	got = ""
	for _, c := range ruletest.RunFiles(t.Context(), []string{filepath.Join(dir, "all.yaml")}, ruletest.Options{Mutate: true}).Mutation.Mutants {
		if c.Status != coverage.Killed {
			got += c.Rule + ": " + c.Text + "\n"
		}
	}
	if diff := cmp.Diff("B: drop proc.name = a\nB: drop proc.pname = b\n", got); diff != "" {
		t.Errorf("mutants that survive (-want +got):\n%s", diff)
	}
}

// TestVirtualNames has rules files whose names are those of rules in suites.
func TestVirtualNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"content":             "- {rule: A, desc: d, condition: proc.name = a, output: x, priority: NOTICE}\n",
		"override of macro m": "- {macro: m, condition: proc.name = b}\n- {rule: B, desc: d, condition: m, output: x, priority: NOTICE}\n",
		// Found in the folder.
		"override of more.yaml": "- {rule: D, desc: d, condition: proc.name = d, output: x, priority: NOTICE}\n",
		"s_test.yaml": "rules: [content, override of macro m, .]\ntests:\n  - name: t\n    content: |\n      - {rule: C, desc: d, condition: proc.name = c, output: x, priority: NOTICE}\n" +
			"    event: {proc: {name: a}}\n    expect: [A]\n    override: {macros: {m: proc.name = x}}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	results := ruletest.RunFiles(t.Context(), []string{"s_test.yaml"}, ruletest.Options{Coverage: true, Mutate: true})
	if errs := results.Suites[0].Errors; len(errs) > 0 {
		t.Fatal(errs)
	}
	got := ""
	for _, f := range results.Coverage.Files {
		got += f.Name + "\n"
	}
	if want := "./content\n./override of macro m\n./override of more.yaml\n"; filepath.ToSlash(got) != want {
		t.Errorf("files %q, want %q", got, want)
	}
	if n := len(results.Mutation.Mutants); n == 0 {
		t.Error("no mutants of content")
	}
}

// TestNothingToCover checks that rules without checks get no bar.
func TestNothingToCover(t *testing.T) {
	c := coverageOf(t, map[string]string{
		"rules.yaml": "- {rule: A, desc: d, condition: evt.num = 0, output: x, priority: NOTICE}\n",
		"s.yaml":     "rules: rules.yaml\ntests:\n  - {name: t, event: {proc: {name: a}}, expect: []}\n",
	}, "s.yaml")
	var page, object bytes.Buffer
	if err := errors.Join(report.CoverageHTML(&page, c), report.CoverageJSON(&object, c)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), `<td class="bar"><div>`) || !strings.Contains(page.String(), `<em class="bad">never fired</em>`) {
		t.Errorf("the page:\n%s", page.String())
	}
	if n := strings.Count(object.String(), `"percent": null`); n != 3 {
		t.Errorf("%d empty ratios in\n%s", n, object.String())
	}
}

// TestNamesOfFiles checks that a file which suites name differently counts once, under its
// first name.
func TestNamesOfFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	rules := filepath.Join(dir, "rules.yaml")
	suite := func(rules string) string {
		return "rules: ['" + rules + "']\ntests:\n  - {name: t, event: {proc: {name: a}}, expect: [A]}\n"
	}
	for name, text := range map[string]string{
		"rules.yaml":    "- {rule: A, desc: d, condition: proc.name = a, output: x, priority: NOTICE}\n",
		"relative.yaml": suite("rules.yaml"), "absolute.yaml": suite(rules), "both.yaml": suite("rules.yaml', '" + rules),
		"list.yaml":  "- {list: l, items: [a]}\n",
		"tests.yaml": "rules: list.yaml\ntests:\n  - {name: t, files: rules.yaml, event: {proc: {name: a}}, expect: [A]}\n  - {name: u, files: '" + rules + "', event: {proc: {name: b}}, expect: []}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		suites []string
		want   string
	}{
		{[]string{"relative.yaml", "absolute.yaml"}, "rules.yaml"},
		{[]string{"absolute.yaml", "relative.yaml"}, rules},
		{[]string{"both.yaml"}, "rules.yaml"},
		{[]string{"tests.yaml"}, "rules.yaml"},
	} {
		results := ruletest.RunFiles(t.Context(), test.suites, ruletest.Options{Coverage: true, Mutate: true})
		if c := results.Counts(); c.Failed+c.Invalid > 0 {
			t.Fatalf("%v: %+v: %v", test.suites, c, results.Suites[0].Errors)
		}
		c, mutants := results.Coverage, results.Mutation.Mutants
		if len(c.Files) != 1 || len(c.Rules) != 1 || len(c.Checks) != 1 || len(mutants) != 2 {
			t.Errorf("%v: %d files, %d rules, %d checks, %d mutants", test.suites, len(c.Files), len(c.Rules), len(c.Checks), len(mutants))
			continue
		}
		for _, got := range []string{c.Files[0].Name, c.Rules[0].Position.File, c.Checks[0].Position.File, mutants[0].Position.File} {
			if got != test.want {
				t.Errorf("%v: the file is called %s, want %s", test.suites, got, test.want)
			}
		}
	}
}
