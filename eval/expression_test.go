package eval_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/parser"
)

// calls is the source of the events in these tests.
var calls = fixtures.NewSource()

// eventOf returns the syscall event of a fixture in YAML.
func eventOf(t *testing.T, text string) *fieldsets.Event {
	t.Helper()
	ev, err := fixture.NewDecoder(&fieldsets.Stream{}, calls).DecodeYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func expr(t *testing.T, text string) ast.Expr {
	t.Helper()
	x, err := parser.Condition(text)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func compileCondition(t *testing.T, c *eval.Compiler, text string) *eval.Condition {
	t.Helper()
	out, err := c.Condition(expr(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compileTemplate(t *testing.T, c *eval.Compiler, text string) *eval.Template {
	t.Helper()
	out, err := c.Template(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestConditionsAreEvaluatedByThemselves(t *testing.T) {
	c := eval.NewCompiler(calls.Source)
	var conditions []*eval.Condition
	for _, text := range []string{"proc.name = a", "proc.name in (a, b)", "not proc.name = a", "proc.aname in (x)", "proc.name exists and (proc.name = a or proc.aname = x)"} {
		conditions = append(conditions, compileCondition(t, c, text))
	}
	var e eval.Evaluator
	for _, test := range []struct {
		event string
		want  []bool
	}{
		{"{proc: {name: a}}", []bool{true, true, false, false, true}},
		{"{proc: {name: b, parent: {name: y, parent: {name: x}}}}", []bool{false, true, true, true, true}},
		{"{evt: {type: open}}", []bool{false, false, true, false, false}},
	} {
		t.Run(test.event, func(t *testing.T) {
			e.SetEvent(eventOf(t, test.event))
			var got []bool
			for _, c := range conditions {
				got = append(got, e.Holds(c))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestEqualConditionsAreOne(t *testing.T) {
	c := eval.NewCompiler(calls.Source)
	if compileCondition(t, c, "proc.name=a") != compileCondition(t, c, "proc.name = 'a'") {
		t.Error("equal conditions were compiled twice")
	}
}

func TestCompileBetweenEvents(t *testing.T) {
	c := eval.NewCompiler(calls.Source)
	first := compileCondition(t, c, "proc.name = a")
	var e eval.Evaluator
	e.SetEvent(eventOf(t, "{proc: {name: ab, cmdline: ab -c}}"))
	if e.Holds(first) {
		t.Error("proc.name = a holds of ab")
	}
	more := compileCondition(t, c, "proc.name startswith a and proc.cmdline endswith -c")
	if !e.Holds(more) || e.Holds(first) {
		t.Error("a condition that was compiled after the event was set")
	}
}

func TestConditionErrors(t *testing.T) {
	c := eval.NewCompiler(calls.Source)
	for _, test := range []struct{ condition, want string }{
		{"proc.nmae = a", "source syscall has no field proc.nmae"},
		{"evt.type = open and nosuch", "Undefined macro 'nosuch' used in filter."},
	} {
		t.Run(test.condition, func(t *testing.T) {
			_, err := c.Condition(expr(t, test.condition))
			var errs diag.List
			if !errors.As(err, &errs) || len(errs) != 1 {
				t.Fatalf("got %v", err)
			}
			if got := errs[0].Message; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTemplates(t *testing.T) {
	c := eval.NewCompiler(calls.Source)
	texts := []string{"%proc.name", "<%toupper(proc.name)> %-evt.type.", "plain"}
	var e eval.Evaluator
	e.SetEvent(eventOf(t, "{evt: {type: open}, proc: {name: cat}}"))
	var got []string
	for _, text := range texts {
		template, err := c.Template(text)
		if err != nil {
			got = append(got, "error")
			continue
		}
		got = append(got, string(e.Append(nil, template)))
	}
	if want := []string{"cat", "error", "plain"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := string(e.Append(nil, compileTemplate(t, c, "<%toupper(proc.name)> %evt.type and %fd.name"))); got != "<CAT> open and <NA>" {
		t.Errorf("got %q", got)
	}
}

func TestEvaluatorOfSeveralSources(t *testing.T) {
	call, audit := eval.NewCompiler(calls.Source), eval.NewCompiler(k8saudit.NewSource())
	named, verb := compileCondition(t, call, "not proc.name = x"), compileCondition(t, audit, "ka.verb exists")
	name, verbText := compileTemplate(t, call, "%proc.name"), compileTemplate(t, audit, "%ka.verb")
	var e eval.Evaluator
	for _, test := range []struct {
		event *fieldsets.Event
		want  string
	}{
		{nil, "false false  "},
		{eventOf(t, "{proc: {name: a}}"), "true false a "},
		{decodeAudit(t, `{"kind":"Event","auditID":"x","stageTimestamp":"2024-01-01T00:00:00Z","verb":"get"}`), "false true  get"},
		{eventOf(t, "{proc: {name: b}}"), "true false b "},
	} {
		if test.event != nil {
			e.SetEvent(test.event)
		}
		if got := fmt.Sprintf("%t %t %s %s", e.Holds(named), e.Holds(verb), e.Append(nil, name), e.Append(nil, verbText)); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// decodeAudit returns an event of Kubernetes' audit log.
func decodeAudit(t *testing.T, text string) *fieldsets.Event {
	t.Helper()
	var out *fieldsets.Event
	err := k8saudit.NewDecoder(&fieldsets.Stream{}).Decode([]byte(text), func(ev *fieldsets.Event) error {
		out = ev
		return nil
	})
	if err != nil || out == nil {
		t.Fatal(err)
	}
	return out
}

// TestEvaluatorUsesTemplatesOfEngines evaluates the output of a rule that did not fire.
func TestEvaluatorUsesTemplatesOfEngines(t *testing.T) {
	b := eval.NewBuilder(calls.Source)
	output, err := b.CompileOutput(syscall.SourceName, "name %proc.name")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(&eval.Rule{Name: "r", Source: syscall.SourceName, Condition: expr(t, "proc.name = x"), Output: output}); err != nil {
		t.Fatal(err)
	}
	m := b.Engine().NewMatcher(eval.FirstMatch)
	var e eval.Evaluator
	ev := eventOf(t, "{proc: {name: y}}")
	e.SetEvent(ev)
	if got := string(e.Append(nil, output)); got != "name y" || len(m.Match(ev)) > 0 {
		t.Errorf("got %q", got)
	}
}

// TestRepeatedPartsAreEvaluatedOnce nests a condition in itself: without sharing, its
// evaluation would take 2^40 steps.
func TestRepeatedPartsAreEvaluatedOnce(t *testing.T) {
	x := expr(t, "proc.name contains a")
	other := expr(t, "fd.name contains b")
	for range 40 {
		x = &ast.And{Operands: []ast.Expr{&ast.Or{Operands: []ast.Expr{other, x}}, &ast.Or{Operands: []ast.Expr{x, other}}}}
	}
	testHolds(t, eval.NewCompiler(calls.Source), x)
}

// testHolds expects conditions, compiled in this order, to be true.
func testHolds(t *testing.T, compiler *eval.Compiler, list ...ast.Expr) {
	t.Helper()
	var e eval.Evaluator
	e.SetEvent(eventOf(t, "{proc: {name: cat}}"))
	for _, x := range list {
		c, err := compiler.Condition(x)
		if err != nil {
			t.Fatal(err)
		}
		if !e.Holds(c) {
			t.Error("the condition is false")
		}
	}
}

// TestRepeatedConditionsAreEvaluatedOnce is the same for parts that were compiled as
// conditions before.
func TestRepeatedConditionsAreEvaluatedOnce(t *testing.T) {
	other := expr(t, "fd.name contains b")
	list := []ast.Expr{expr(t, "proc.name contains a")}
	for i := range 40 {
		x := list[i]
		list = append(list, &ast.And{Operands: []ast.Expr{&ast.Or{Operands: []ast.Expr{other, x}}, &ast.Or{Operands: []ast.Expr{x, other}}}})
	}
	testHolds(t, eval.NewCompiler(calls.Source), list...)
}

func TestEvaluatorDoesNotAllocate(t *testing.T) {
	c := eval.NewCompiler(calls.Source)
	condition, template := compileCondition(t, c, "proc.name startswith c and evt.type in (open, read)"), compileTemplate(t, c, "%proc.name %evt.type")
	var e eval.Evaluator
	ev := eventOf(t, "{evt: {type: open}, proc: {name: cat}}")
	dst := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		e.SetEvent(ev)
		if !e.Holds(condition) {
			t.Fatal("the condition is false")
		}
		dst = e.Append(dst[:0], template)
	}); n > 0 {
		t.Errorf("%v allocations per event", n)
	}
}

// TestEvaluatorForgetsPrograms evaluates conditions of so many compilers that the
// evaluator drops the states of some, which must not affect results.
func TestEvaluatorForgetsPrograms(t *testing.T) {
	const n = 300
	var e eval.Evaluator
	var sources []weak.Pointer[fieldsets.Source]
	var first *eval.Condition
	ev := &fieldsets.Event{Source: k8saudit.SourceName, Number: 7}
	for range n {
		source := fieldsets.NewSource(k8saudit.SourceName, k8saudit.New())
		sources = append(sources, weak.Make(source))
		c := compileCondition(t, eval.NewCompiler(source), "evt.num = 7")
		if first == nil {
			first = c
		}
		if e.SetEvent(ev); !e.Holds(c) || !e.Holds(first) {
			t.Fatal("a condition does not hold")
		}
	}
	runtime.GC()
	kept := 0
	for _, s := range sources {
		if s.Value() != nil {
			kept++
		}
	}
	if kept > n/2 {
		t.Errorf("%d of %d programs are kept", kept, n)
	}
	runtime.KeepAlive(&e)
}
