package eval_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/parser"
)

func TestModes(t *testing.T) {
	e := build(t, "t.none exists", "t.s exists", "t.s != x")
	for mode, want := range map[eval.Mode]int{eval.FirstMatch: 1, eval.AllMatches: 2} {
		matches := e.NewMatcher(mode).Match(testEvent())
		if len(matches) != want || matches[0].Rule.Name != "t.s exists" {
			t.Errorf("mode %d: %d matches", mode, len(matches))
		}
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

// TestConcurrentUse matches on one engine from many goroutines; the race
// detector looks on.
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
