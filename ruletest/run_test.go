package ruletest_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

func TestRun(t *testing.T) {
	ruletest.Run(t, "testdata/passing/all.yaml", "testdata/passing/only.yaml", "../examples")
}

var shell = ruletest.Fixture("syscall", ruletest.Fields{
	"evt.type": "execve", "proc.name": "bash", "container.id": "3ad7b26ded6d", "container.name": "web",
})

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
			{Name: "values", Events: []ruletest.Event{shell.With(ruletest.Fixture("", ruletest.Fields{
				"proc.args": []string{"-c", "id"}, "proc.tty": uint8(1), "user.name": nil, "proc.env": []string{"HOME=/"}, "user.uid": new(int),
			}))}, Expect: []ruletest.Expectation{{Rule: "Terminal shell in container", Fields: map[string]ruletest.Value{
				"proc.args": ruletest.Text("-c id"), "proc.env": ruletest.Text("HOME=/"), "user.uid": ruletest.Text("0"), "user.name": ruletest.Missing(),
			}}}},
			{Name: "nothing", Events: []ruletest.Event{ruletest.ParseEvent("evt: {type: execve}")}, Expect: []ruletest.Expectation{}},
			{Name: "a file", Events: []ruletest.Event{ruletest.EventFile("events.jsonl")}, Reject: []string{"Shadow file read"}},
			{Name: "some of a file", Events: []ruletest.Event{ruletest.EventFile("events.jsonl").Where("evt.num >= 1")}, Reject: []string{"Shadow file read"}},
			{Name: "loading", Content: "- rule: x\n", Load: &ruletest.LoadExpectation{Messages: []ruletest.LoadMessage{{Code: loader.ErrYAMLValidate, Line: 1}}}},
			{Name: "overridden", Events: []ruletest.Event{shell}, Override: ruletest.Override{Macros: map[string]string{"in_container": "evt.num < 0"}},
				Expect: []ruletest.Expectation{}},
		},
	}, ruletest.Options{})
}

// TestValues runs suites that are Go values and invalid, or fail.
func TestValues(t *testing.T) {
	itself := ruletest.Fields{}
	itself["proc.args"] = []any{itself}
	nothing := []ruletest.Expectation{}
	for _, test := range []struct {
		name string
		test ruletest.Test
		want string
	}{
		{"no expectation", ruletest.Test{Events: []ruletest.Event{shell}}, `error: test "x": the test has no expect, reject or load`},
		{"no event", ruletest.Test{Events: []ruletest.Event{{}}, Expect: nothing}, `error: test "x": empty event`},
		{"not one event", ruletest.Test{Events: []ruletest.Event{ruletest.ParseEvent("a: 1\n---\nb: 1")}, Expect: nothing}, `error: test "x": want one event, got 2`},
		{"a text that names a file", ruletest.Test{Events: []ruletest.Event{ruletest.ParseEvent("{file: x}")}, Expect: nothing}, `error: test "x": file is not supported here: use EventFile`},
		{"a text that selects", ruletest.Test{Events: []ruletest.Event{ruletest.ParseEvent("{where: x}")}, Expect: nothing}, `error: test "x": where is not supported here: use EventFile and Where`},
		{"some of an event", ruletest.Test{Events: []ruletest.Event{shell.Where("evt.num = 1")}, Expect: nothing}, `error: test "x": where selects events of a file`},
		{"an empty condition", ruletest.Test{Events: []ruletest.Event{ruletest.EventFile("x").Where("")}, Expect: nothing}, `error: test "x": where is empty`},
		{"a text that extends", ruletest.Test{Events: []ruletest.Event{ruletest.ParseEvent("{extends: x}")}, Expect: nothing}, `error: test "x": extends is not supported here: use With`},
		{"a channel", ruletest.Test{Events: []ruletest.Event{ruletest.Fixture("syscall", ruletest.Fields{"evt.type": make(chan int)})}, Expect: nothing}, `error: test "x": unsupported type chan int in an event`},
		{"a value in itself", ruletest.Test{Events: []ruletest.Event{ruletest.Fixture("syscall", itself)}, Expect: nothing}, `error: test "x": event values are nested more than 300 levels deep`},
		{"no YAML", ruletest.Test{Events: []ruletest.Event{ruletest.ParseEvent("{")}, Expect: nothing}, `error: test "x": line 1: invalid YAML`},
		{"no field", ruletest.Test{Events: []ruletest.Event{ruletest.Fixture("syscall", ruletest.Fields{"proc.nmae": 1})}, Expect: nothing}, `error: test "x": source syscall has no field proc.nmae`},
		{"over a file", ruletest.Test{Events: []ruletest.Event{ruletest.EventFile("x").With(shell)}, Expect: nothing}, `error: test "x": the events of a file cannot be changed`},
		{"no regex", ruletest.Test{Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{Rule: "Shell in container", Matches: []string{"("}}}}, `error: test "x": invalid regular expression "("`},
		{"no priority", ruletest.Test{Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{Rule: "Shell in container", Priority: "high"}}}, `error: test "x": unknown priority "high"`},
		{"no rule", ruletest.Test{Events: []ruletest.Event{shell}, Reject: []string{"Shell"}}, `error: test "x": unknown rule "Shell"`},
		{"events and load alone", ruletest.Test{Events: []ruletest.Event{shell}, Load: &ruletest.LoadExpectation{}}, `error: test "x": the test has events, but neither expect nor reject`},
		{"no events", ruletest.Test{Expect: nothing}, `error: test "x": the test has no events`},
		{"an error and expect", ruletest.Test{Load: &ruletest.LoadExpectation{Messages: []ruletest.LoadMessage{{Code: loader.ErrValidate}}}, Expect: nothing}, `error: test "x": a test that expects a load error cannot have expect or reject`},
		{"no code", ruletest.Test{Load: &ruletest.LoadExpectation{Messages: []ruletest.LoadMessage{{}}}}, `error: test "x": unknown code ""`},
		{"no line", ruletest.Test{Load: &ruletest.LoadExpectation{Messages: []ruletest.LoadMessage{{Code: loader.ErrValidate, Line: -1}}}}, `error: test "x": invalid line -1`},
		{"no times", ruletest.Test{Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{Rule: "Shell in container", Times: -1}}}, `error: test "x": invalid times -1`},
		{"no rule named", ruletest.Test{Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{}}}, `error: test "x": the expectation does not name a rule`},
		{"nothing contained", ruletest.Test{Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{Rule: "Shell in container", Contains: []string{""}}}}, `error: test "x": contains is empty`},
		{"skipped alone", ruletest.Test{Events: []ruletest.Event{shell}, Expect: nothing, Skip: "later", Only: "now"}, `error: test "x": a test cannot have both skip and only`},
		{"fires", ruletest.Test{Events: []ruletest.Event{shell}, Expect: nothing}, `rule "Shell in container" fired, but is not expected`},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.test.Name = "x"
			results := ruletest.RunSuites(t.Context(), []*ruletest.Suite{{Name: "s", Dir: "testdata", Rules: []string{"rules.yaml"}, Tests: []ruletest.Test{test.test}}}, ruletest.Options{})
			got := diag.Text(results.Suites[0].Errors, diag.TextOptions{})
			for _, r := range results.Suites[0].Tests {
				got += r.Text()
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("%s: %s", test.name, got)
			}
		})
	}
}

// TestSuiteValues runs suites that are Go values and invalid.
func TestSuiteValues(t *testing.T) {
	test := ruletest.Test{Name: "x", Events: []ruletest.Event{shell}, Expect: []ruletest.Expectation{{Rule: "Shell in container"}}}
	unnamed := test
	unnamed.Name = ""
	for _, c := range []struct {
		suite ruletest.Suite
		want  string
	}{
		{ruletest.Suite{Tests: []ruletest.Test{test}}, "error: the suite has no rules files\n"},
		{ruletest.Suite{Rules: []string{"rules.yaml"}}, "error: the suite has no tests\n"},
		{ruletest.Suite{Rules: []string{"rules.yaml"}, Tests: []ruletest.Test{test, test}}, "error: duplicate test name \"x\"\n"},
		{ruletest.Suite{Rules: []string{"rules.yaml"}, Tests: []ruletest.Test{unnamed}}, "error: empty test name\n"},
	} {
		t.Run(c.want, func(t *testing.T) {
			c.suite.Dir = "testdata"
			results := ruletest.RunSuites(t.Context(), []*ruletest.Suite{&c.suite}, ruletest.Options{})
			if got := diag.Text(results.Suites[0].Errors, diag.TextOptions{}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestOverrideTwice checks that two tests with the same invalid override both report it.
func TestOverrideTwice(t *testing.T) {
	bad := ruletest.Override{Macros: map[string]string{"in_container": "container.id contians x"}}
	loading := &ruletest.LoadExpectation{Messages: []ruletest.LoadMessage{{Code: loader.ErrCompileCondition}}}
	suite := &ruletest.Suite{Dir: "testdata", Rules: []string{"rules.yaml"}, Tests: []ruletest.Test{
		{Name: "a", Override: bad, Load: loading}, {Name: "b", Override: bad, Load: loading},
	}}
	results := ruletest.RunSuites(t.Context(), []*ruletest.Suite{suite}, ruletest.Options{})
	for _, name := range []string{"a", "b"} {
		t.Run(subtest.Name(name), func(t *testing.T) {
			want := `test "` + name + `": override of macro "in_container": LOAD_ERR_COMPILE_CONDITION`
			if got := diag.Text(results.Suites[0].Errors, diag.TextOptions{}); !strings.Contains(got, want) {
				t.Errorf("%s is not in\n%s", want, got)
			}
		})
	}
}

// names returns the statuses and names of the tests that were run.
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
		got := names(ruletest.RunSuites(t.Context(), []*ruletest.Suite{suite(), suite()}, test.options))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.options, diff)
		}
	}
}

func TestOnly(t *testing.T) {
	for _, test := range []struct {
		run, note string
		want      []string
	}{
		{"", "1 of 3 tests skipped because others have only", []string{"passed alone", "skipped broken, and not run", "skipped later"}},
		{"broken|later", "1 of 2 tests skipped because others have only", []string{"skipped broken, and not run", "skipped later"}},
		{"alone|later", "", []string{"passed alone", "skipped later"}},
	} {
		t.Run(subtest.Name(test.run), func(t *testing.T) {
			results := ruletest.RunFiles(t.Context(), []string{"testdata/passing/only.yaml"}, ruletest.Options{Run: regexp.MustCompile(test.run)})
			s := results.Suites[0]
			if diff := cmp.Diff(test.want, names(results)); diff != "" || s.Note() != test.note {
				t.Errorf("%s: %q (-want +got):\n%s", test.run, s.Note(), diff)
			}
			var junit bytes.Buffer
			if err := report.JUnit(&junit, results); err != nil || strings.Contains(junit.String(), "<system-out>") != (test.note != "") {
				t.Errorf("%s: %v %s", test.run, err, junit.String())
			}
		})
	}
}

// TestManyFailures checks that the cost of explaining many failures grows only linearly
// with the number of events.
func TestManyFailures(t *testing.T) {
	event := ruletest.Fixture("syscall", ruletest.Fields{"evt.type": "execve", "proc.name": "ls"})
	var expect []ruletest.Expectation
	for i := range 500 {
		rule := []string{"Shell in container", "Shadow file read"}[i%2]
		expect = append(expect, ruletest.Expectation{Rule: rule, Contains: []string{strconv.Itoa(i)}})
	}
	growth.Linear(t, 250, func(n int) {
		test := ruletest.Test{Name: "x", Events: slices.Repeat([]ruletest.Event{event}, n), Expect: expect}
		suite := &ruletest.Suite{Dir: "testdata", Rules: []string{"rules.yaml"}, Tests: []ruletest.Test{test}}
		failures := ruletest.RunSuites(t.Context(), []*ruletest.Suite{suite}, ruletest.Options{}).Suites[0].Tests[0].Failures
		if len(failures) != 50 {
			t.Errorf("there are %d failures", len(failures))
		}
		for _, f := range failures {
			if len(f.Details) == 0 || f.Details[0].Label != "why" {
				t.Errorf("%s is not explained", f.Text())
			}
		}
	})
}

// TestFailFast ends runs after a failure, also among the suites of one file.
func TestFailFast(t *testing.T) {
	const (
		good  = "rules: rules.yaml\ntests: [{name: good, event: {evt: {type: execve}}, expect: []}]\n"
		bad   = "rules: rules.yaml\ntests: [{name: bad, event: {evt: {type: execve}}, expect: [Shell in container]}]\n"
		wrong = "rules: rules.yaml\ntests: [{name: x, event: {evt: {type: execve}}, expect: [Shell]}]\n"
	)
	dir := t.TempDir()
	rules, err := os.ReadFile("testdata/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "rules.yaml"), string(rules))
	for _, test := range []struct {
		files   []string
		run     string
		want    []string
		wrong   int
		stopped bool
	}{
		{files: []string{good + "---\n" + bad + "---\n" + good, good}, want: []string{"passed good", "failed bad"}, stopped: true},
		{files: []string{good, bad}, want: []string{"passed good", "failed bad"}},
		{files: []string{bad, good}, want: []string{"failed bad"}, stopped: true},
		{files: []string{wrong + "---\n" + good}, wrong: 1, stopped: true},
		{files: []string{"rules: 1", good}, wrong: 1, stopped: true},
		{files: []string{"rules: rules.yaml\ntests:\n- {name: a, event: {evt: {type: execve}}, expect: [Shell in container]}\n- {name: b, event: {evt: {type: execve}}, expect: []}\n"},
			run: "a", want: []string{"failed a"}},
	} {
		t.Run(subtest.Name(test.run), func(t *testing.T) {
			var paths []string
			for i, text := range test.files {
				paths = append(paths, filepath.Join(dir, string(rune('a'+i))+"_test.yaml"))
				write(t, paths[i], text)
			}
			results := ruletest.RunFiles(t.Context(), paths, ruletest.Options{FailFast: true, Jobs: 4, Run: regexp.MustCompile(test.run)})
			diff := cmp.Diff(test.want, names(results))
			if diff != "" || results.Stopped != test.stopped || results.Counts().Invalid != test.wrong {
				t.Errorf("%q: stopped %v, %+v (-want +got):\n%s", test.files, results.Stopped, results.Counts(), diff)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// countdown is a context that is done after a number of calls of Err.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestInterrupt interrupts runs after every possible number of steps. The results are those
// of the tests that were finished.
func TestInterrupt(t *testing.T) {
	run := func(steps int64) *ruletest.Results {
		ctx := &countdown{Context: t.Context()}
		ctx.left.Store(steps)
		return ruletest.RunFiles(ctx, []string{"testdata/passing/only.yaml", "testdata/failing/times.yaml"}, ruletest.Options{Jobs: 1})
	}
	whole := run(1 << 40)
	want, last := names(whole), -1
	if whole.Interrupted {
		t.Error("interrupted without an interrupt")
	}
	for steps := int64(0); last < len(want); steps++ {
		results := run(steps)
		got := names(results)
		if len(got) < last || !slices.Equal(got, want[:len(got)]) || results.Counts().Invalid > 0 || results.Interrupted != (len(got) < len(want)) {
			t.Fatalf("%d steps: interrupted %v, %v", steps, results.Interrupted, got)
		}
		last = len(got)
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
		{"aliases", bomb.String() + tests, "aliases expand to more than 200000 values"},
		{"an alias of itself", "rules: &r [*r]\n" + tests, "alias of a value that contains it"},
		{"extends", wide.String() + tests, "an event can extend at most 99 others"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ruletest.Read(strings.NewReader(test.text), "x.yaml")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v", test.name, err)
			}
		})
	}
}

// TestValuesLimit reads a suite whose events have too many values in total.
func TestValuesLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString("rules: r\nbase:\n  a:\n    fields:\n      proc.args: [")
	b.WriteString(strings.Repeat("x, ", 60_000))
	b.WriteString("]\ntests:\n")
	for i := range 100 {
		b.WriteString("  - {name: t" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + ", extends: a, expect: []}\n")
	}
	_, err := ruletest.Read(strings.NewReader(b.String()), "x.yaml")
	if err == nil || !strings.Contains(err.Error(), "more than 5000000 values in total") {
		t.Error(err)
	}
}
