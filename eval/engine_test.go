package eval_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
)

func TestModes(t *testing.T) {
	e := build(t, "t.none exists", "t.s exists", "t.s != x")
	for _, test := range []struct {
		mode eval.Mode
		name string
		want int
	}{{eval.FirstMatch, "first", 1}, {eval.AllMatches, "all", 2}} {
		t.Run(test.name, func(t *testing.T) {
			matches := e.NewMatcher(test.mode).Match(testEvent())
			if len(matches) != test.want || matches[0].Rule.Name != "t.s exists" {
				t.Errorf("%d matches", len(matches))
			}
			if got := test.mode.String(); got != test.name {
				t.Errorf("the mode is called %s", got)
			}
		})
	}
	other := testEvent()
	other.Source = "another"
	if m := e.NewMatcher(eval.AllMatches).Match(other); len(m) > 0 {
		t.Error("a rule fires on an event of another source")
	}
}

func TestDisabledRule(t *testing.T) {
	b := eval.NewBuilder(testSource())
	r, err := compile(b, "t.s exists", "x")
	if err != nil {
		t.Fatal(err)
	}
	r.Disabled = true
	if err := b.Add(r); err != nil {
		t.Fatal(err)
	}
	e := b.Engine()
	if len(e.Rules()) != 1 || e.Has("test") || len(e.NewMatcher(eval.AllMatches).Match(testEvent())) > 0 {
		t.Error("a disabled rule runs, or is gone")
	}
}

// TestConcurrentUse matches with one engine on many goroutines, for the race detector.
func TestConcurrentUse(t *testing.T) {
	var conditions []string
	want := 0
	for _, test := range truths {
		conditions = append(conditions, test.condition)
		if test.holds {
			want++
		}
	}
	e := build(t, conditions...)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			m := e.NewMatcher(eval.AllMatches)
			for range 100 {
				matches := m.Match(testEvent())
				if len(matches) != want {
					t.Errorf("%d rules fire, want %d", len(matches), want)
					return
				}
				_ = matches[0].AppendJSON(nil)
			}
		})
	}
	wg.Wait()
}

func TestSharedFailureIsReportedForEachRule(t *testing.T) {
	b := eval.NewBuilder(testSource())
	shared, err := parser.Condition("t.nosuch exists or t.s[1] exists")
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.CompileOutput("test", "x")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		err := b.Add(&eval.Rule{Name: strconv.Itoa(i), Source: "test", Condition: shared, Output: out})
		var errs diag.List
		if !errors.As(err, &errs) || len(errs) != 2 {
			t.Errorf("rule %d: %v", i, err)
		}
	}
}

// TestMisuse uses sources and rules that builders, compilers and engines do not have.
func TestMisuse(t *testing.T) {
	condition := expr(t, "evt.num = 1")
	newBuilder := func() *eval.Builder { return eval.NewBuilder(calls.Source) }
	output, err := newBuilder().CompileOutput(syscall.SourceName, "x")
	if err != nil {
		t.Fatal(err)
	}
	used := newBuilder()
	used.Engine()
	for _, test := range []struct {
		name string
		do   func() error
		want string
	}{
		{"output of an unknown source", func() error { _, err := newBuilder().CompileOutput("x", "y"); return err }, "the builder has no source x"},
		{"condition of an unknown source", func() error { return newBuilder().Check("x", condition) }, "the builder has no source x"},
		{"rule of an unknown source", func() error { return newBuilder().Add(&eval.Rule{Source: "x", Condition: condition}) }, "the builder has no source x"},
		{"output of another builder", func() error {
			return newBuilder().Add(&eval.Rule{Name: "r", Source: syscall.SourceName, Condition: condition, Output: output})
		}, `the output of rule "r" was not compiled for source syscall by this builder`},
		{"no output", func() error {
			return newBuilder().Add(&eval.Rule{Name: "r", Source: syscall.SourceName, Condition: condition})
		}, `the output of rule "r" was not compiled for source syscall by this builder`},
		{"no condition", func() error { return newBuilder().Check(syscall.SourceName, nil) }, "a part of the condition is missing"},
		{"not nothing", func() error { _, err := eval.NewCompiler(calls.Source).Condition(&ast.Not{}); return err }, "a part of the condition is missing"},
		{"builder of an engine", func() error { return used.Check(syscall.SourceName, condition) }, "the builder has no source syscall"},
		{"explainer of an unknown source", func() error {
			_, err := newBuilder().Engine().NewExplainer(&eval.Rule{Source: "x"}, eval.AllMatches)
			return err
		}, "the engine has no source x"},
		{"explainer of a bad rule", func() error {
			_, err := newBuilder().Engine().NewExplainer(&eval.Rule{Source: syscall.SourceName, Condition: expr(t, "nosuch")}, eval.AllMatches)
			return err
		}, "Undefined macro 'nosuch' used in filter."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.do(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if list := newBuilder().Warnings("x", condition); list != nil {
		t.Errorf("warnings %v", list)
	}
	if rules := used.Engine().Rules(); rules != nil {
		t.Errorf("the second engine has %v", rules)
	}
}
