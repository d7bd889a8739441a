package ruletest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest"
)

// TestRun makes subtests of suites.
func TestRun(t *testing.T) {
	ruletest.Run(t, "testdata/passing/all.yaml", "testdata/passing/only.yaml", "../examples")
}

var shell = ruletest.Fixture("syscall", ruletest.Fields{
	"evt.type": "execve", "proc.name": "bash", "container.id": "3ad7b26ded6d", "container.name": "web",
})

// TestCheck runs a suite that is a Go value.
func TestCheck(t *testing.T) {
	ruletest.Check(t, &ruletest.Suite{
		Dir: "testdata", Rules: []string{"rules.yaml"},
		Tests: []ruletest.Test{
			{Name: "a shell", Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{
				Rule: "Shell in container", Priority: "info", Times: 1, Matches: []string{"^shell"},
				Fields: map[string]ruletest.Value{"proc.name": ruletest.Text("bash"), "user.name": ruletest.Missing()},
			}}},
			{Name: "of two events", Events: []ruletest.Event{shell, shell.With(ruletest.ParseEvent(`{"fields": {"proc.tty": 1}}`))},
				Expect: []ruletest.Expectation{{Rule: "Shell in container"}, {Rule: "Terminal shell in container"}}},
			{Name: "nothing", Events: []ruletest.Event{ruletest.ParseEvent("evt: {type: execve}")}, Expect: []ruletest.Expectation{}},
			{Name: "a file", Events: []ruletest.Event{ruletest.EventFile("events.jsonl")}, Reject: []string{"Shadow file read"}},
			{Name: "loading", Content: "- rule: x\n", Load: &ruletest.Loading{Says: []ruletest.Diagnostic{{Code: loader.ErrYAMLValidate, Line: 1}}}},
			{Name: "overridden", Events: []ruletest.Event{shell}, Override: ruletest.Override{Macros: map[string]string{"in_container": "evt.num < 0"}},
				Expect: []ruletest.Expectation{}},
		},
	}, ruletest.Options{})
}

// TestValues runs suites that are Go values and wrong, or fail.
func TestValues(t *testing.T) {
	nothing := []ruletest.Expectation{}
	for _, test := range []struct {
		name string
		test ruletest.Test
		want string
	}{
		{"no expectation", ruletest.Test{Events: []ruletest.Event{shell}}, `error: the test "x" expects nothing`},
		{"no event", ruletest.Test{Events: []ruletest.Event{{}}, Expect: nothing}, `error: the event is empty`},
		{"not one event", ruletest.Test{Events: []ruletest.Event{ruletest.ParseEvent("a: 1\n---\nb: 1")}, Expect: nothing}, `error: the text has 2 events, not one`},
		{"no YAML", ruletest.Test{Events: []ruletest.Event{ruletest.ParseEvent("{")}, Expect: nothing}, `error: line 1: not YAML`},
		{"no field", ruletest.Test{Events: []ruletest.Event{ruletest.Fixture("syscall", ruletest.Fields{"proc.nmae": 1})}, Expect: nothing}, `error: source syscall has no field proc.nmae`},
		{"over a file", ruletest.Test{Events: []ruletest.Event{ruletest.EventFile("x").With(shell)}, Expect: nothing}, `error: nothing can be put over the events of a file`},
		{"no regex", ruletest.Test{Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{Rule: "Shell in container", Matches: []string{"("}}}}, `error: "(" is no regular expression`},
		{"no priority", ruletest.Test{Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{Rule: "Shell in container", Priority: "high"}}}, `error: there is no priority "high"`},
		{"no rule", ruletest.Test{Events: []ruletest.Event{shell}, Reject: []string{"Shell"}}, `error: there is no rule "Shell" in the rules`},
		{"fires", ruletest.Test{Events: []ruletest.Event{shell}, Expect: nothing}, `rule "Shell in container" fired, and nothing expects it`},
	} {
		test.test.Name = "x"
		results := ruletest.RunSuites([]*ruletest.Suite{{Name: "s", Dir: "testdata", Rules: []string{"rules.yaml"}, Tests: []ruletest.Test{test.test}}}, ruletest.Options{})
		got := results.Suites[0].Errors.Text()
		for _, r := range results.Suites[0].Tests {
			got += r.Text()
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

// names returns what was run, with a mark of what became of it.
func names(results *ruletest.Results) []string {
	var out []string
	for _, s := range results.Suites {
		for _, t := range s.Tests {
			out = append(out, string(t.Status)+" "+t.Name)
		}
	}
	return out
}

func TestOptions(t *testing.T) {
	bash := []ruletest.Expectation{{Rule: "Shell in container"}}
	suite := func() *ruletest.Suite {
		return &ruletest.Suite{Name: "s", Dir: "testdata", Rules: []string{"rules.yaml"}, Matching: eval.FirstMatch, Tests: []ruletest.Test{
			{Name: "a/1", Events: []ruletest.Event{shell}, Expect: bash},
			{Name: "a/2", Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{}},
			{Name: "b", Events: []ruletest.Event{shell}, Expect: bash},
		}}
	}
	for _, test := range []struct {
		options ruletest.Options
		want    []string
	}{
		{ruletest.Options{}, []string{"passed a/1", "failed a/2", "passed b", "passed a/1", "failed a/2", "passed b"}},
		{ruletest.Options{Run: regexp.MustCompile("^a/")}, []string{"passed a/1", "failed a/2", "passed a/1", "failed a/2"}},
		{ruletest.Options{FailFast: true}, []string{"passed a/1", "failed a/2"}},
		{ruletest.Options{Run: regexp.MustCompile("b"), FailFast: true}, []string{"passed b", "passed b"}},
	} {
		got := names(ruletest.RunSuites([]*ruletest.Suite{suite(), suite()}, test.options))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.options, diff)
		}
	}
}

// TestOnly looks for reports of tests that are run alone.
func TestOnly(t *testing.T) {
	results := ruletest.RunFiles([]string{"testdata/passing/only.yaml"}, ruletest.Options{})
	if s := results.Suites[0]; s.Only != 1 {
		t.Errorf("%d tests have only", s.Only)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a_test.yaml", "rules.yaml", "x/b_test.yml", "x/y/c_test.yaml", ".git/d_test.yaml", "empty/readme"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args []string
		want []string
		err  string
	}{
		{args: []string{"."}, want: []string{"a_test.yaml", "x/b_test.yml", "x/y/c_test.yaml"}},
		{args: []string{"x", "./a_test.yaml", "a_test.yaml"}, want: []string{"x/b_test.yml", "x/y/c_test.yaml", "a_test.yaml"}},
		{args: []string{"rules.yaml"}, want: []string{"rules.yaml"}},
		{args: []string{"*"}, want: []string{"a_test.yaml", "x/b_test.yml", "x/y/c_test.yaml"}},
		{args: []string{"none"}, err: "none: cannot read: no such file or directory"},
		{args: []string{"empty"}, err: "empty: cannot read: the folder has no suites, whose names end in _test.yaml"},
		{args: []string{"z*"}, err: "z*: cannot read: no suite matches the pattern"},
	} {
		got, err := ruletest.Find(test.args...)
		for i := range got {
			got[i] = filepath.ToSlash(got[i])
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.args, diff)
		}
		if text := errText(err); text != test.err {
			t.Errorf("%v: %s", test.args, text)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestLimits reads suites that would grow without bound.
func TestLimits(t *testing.T) {
	const tests = "tests: [{name: x, extends: a, expect: []}]\n"
	deep := strings.Repeat("{a: ", 400) + "1" + strings.Repeat("}", 400)
	var bomb strings.Builder
	bomb.WriteString("rules: r\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n")
	for i := range 9 {
		bomb.WriteString(strings.ReplaceAll("xN: &xN [*x, *x, *x, *x, *x, *x, *x, *x, *x, *x]\n", "*x", "*x"+string(rune('0'+i))))
		s := strings.ReplaceAll(bomb.String(), "xN", "x"+string(rune('1'+i)))
		bomb.Reset()
		bomb.WriteString(s)
	}
	var wide strings.Builder
	wide.WriteString("rules: r\nbase:\n  a: {evt: {type: execve}}\n")
	for i := range 30 {
		from, to := "a"+strings.Repeat("b", i), "a"+strings.Repeat("b", i+1)
		wide.WriteString("  " + to + ": {extends: [" + from + ", " + from + "]}\n")
	}
	for _, test := range []struct{ name, text, want string }{
		{"depth", "rules: r\nbase: {a: " + deep + "}\n" + tests, "nested more than 300 levels deep"},
		{"aliases", bomb.String() + tests, "aliases stand for more than 200000 values"},
		{"an alias of itself", "rules: &r [*r]\n" + tests, "an alias for something that it is a part of"},
		{"extends", wide.String() + tests, "an event extends no more than 99 others"},
	} {
		_, err := ruletest.Read(strings.NewReader(test.text), "x.yaml")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestValuesLimit reads a suite whose events have too many values together.
func TestValuesLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString("rules: r\nbase:\n  a:\n    fields:\n      proc.args: [")
	b.WriteString(strings.Repeat("x, ", 60_000))
	b.WriteString("]\ntests:\n")
	for i := range 100 {
		b.WriteString("  - {name: t" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + ", extends: a, expect: []}\n")
	}
	_, err := ruletest.Read(strings.NewReader(b.String()), "x.yaml")
	if err == nil || !strings.Contains(err.Error(), "more than 5000000 values together") {
		t.Error(err)
	}
}
