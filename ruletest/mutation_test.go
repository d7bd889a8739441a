package ruletest

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// edited returns a condition with edits made and macros put in.
func edited(x ast.Expr, macros map[string]ast.Expr, edits map[ast.Expr]ast.Expr) ast.Expr {
	if with, ok := edits[x]; ok {
		x, edits = with, nil // what takes the place of a part has that part in it
	}
	var children []ast.Expr
	ast.Inspect(x, func(n ast.Node) bool {
		child, ok := n.(ast.Expr)
		if ok && child != x {
			children = append(children, edited(child, macros, edits))
		}
		return n == x
	})
	switch x := x.(type) {
	case *ast.MacroRef:
		return edited(macros[x.Name], macros, edits)
	case *ast.Not:
		return &ast.Not{Operand: children[0]}
	case *ast.And:
		return &ast.And{Operands: children}
	case *ast.Or:
		return &ast.Or{Operands: children}
	}
	return x
}

// TestMutants holds what is said of changes against tests that are run over rules that
// are changed so.
func TestMutants(t *testing.T) {
	compared := 0
	for _, path := range []string{
		"testdata/coverage/a_test.yaml", "testdata/coverage/b_test.yaml", "testdata/coverage/c_test.yaml", "testdata/passing/all.yaml",
		"../examples/k8s_audit/rules_test.yaml", "../examples/syscall/rules_test.yaml",
	} {
		t.Run(subtest.Name(path), func(t *testing.T) {
			suites, err := ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range suites {
				r := newRunner(Options{Mutate: true})
				run := r.begin(s)
				passed := map[string]bool{}
				for i := range s.Tests {
					passed[s.Tests[i].Name] = run.test(t.Context(), &s.Tests[i]).Status == Passed
				}
				run.settle(t.Context())
				if len(run.errs) > 0 {
					t.Fatal(run.errs)
				}
				actual := map[coverage.Mutant]coverage.Status{}
				for _, set := range run.sets {
					if set.group == nil {
						continue
					}
					for one, edits := range set.group.Mutants() {
						key := keyOf(one)
						if actual[key] == "" {
							actual[key] = coverage.Survived
						}
						if set.notices(t, run, edits, passed) {
							actual[key] = coverage.Killed
						}
					}
				}
				for _, m := range run.collector.Mutation().Mutants {
					compared++
					if want := actual[keyOf(m)]; m.Status != want {
						t.Errorf("%s: %v %s: %s, and really %s", path, m.Position, m.Text, m.Status, want)
					}
				}
			}
		})
	}
	if compared < 300 {
		t.Errorf("%d mutants were compared", compared)
	}
}

// keyOf returns what tells a mutant from others. An item of a list is dropped for all
// owners of it.
func keyOf(m *coverage.Mutant) coverage.Mutant {
	key := *m
	if key.Status = ""; key.Kind == coverage.DroppedItem {
		key.Rule, key.Macro, key.Exception = "", "", ""
	}
	return key
}

// notices runs the tests that have the ruleset, with a mutant in it, and reports
// whether one fails that passed.
func (set *ruleset) notices(t *testing.T, run *suiteRun, edits map[ast.Expr]ast.Expr, passed map[string]bool) bool {
	t.Helper()
	macros := map[string]ast.Expr{}
	conditions := set.set.Conditions()
	for _, c := range conditions {
		if c.Macro != nil {
			macros[c.Macro.Name] = c.Expr
		}
	}
	builder := eval.NewBuilder(run.sources.rules...)
	for i, rule := range set.set.Rules {
		output, err := builder.CompileOutput(rule.Source, rule.CompiledOutput)
		if err == nil {
			err = builder.Add(&eval.Rule{
				Name: rule.Name, Source: rule.Source, Priority: rule.Priority, Tags: rule.Tags, Disabled: !rule.Enabled,
				Condition: edited(conditions[i].Expr, macros, edits), Output: output,
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	engine, group := set.matcher, set.group
	defer func() { set.matcher, set.group = engine, group }()
	set.matcher, set.group = builder.Engine().NewMatcher(run.suite.Matching), nil
	for i := range run.suite.Tests {
		test := &run.suite.Tests[i]
		if test.Skip == "" && test.Load == nil && passed[test.Name] && run.rulesOf(t.Context(), test) == set && len(run.failures(t.Context(), test)) > 0 {
			return true
		}
	}
	return false
}

// TestMutationIsTheSame runs suites several times, with several goroutines.
func TestMutationIsTheSame(t *testing.T) {
	paths, err := filepath.Glob("testdata/coverage/*_test.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	first := RunFiles(t.Context(), paths, Options{Mutate: true, Coverage: true, Jobs: 1})
	for range 5 {
		again := RunFiles(t.Context(), paths, Options{Mutate: true, Coverage: true, Jobs: 3})
		if diff := cmp.Diff(first.Mutation, again.Mutation); diff != "" {
			t.Errorf("the mutation (-first +again):\n%s", diff)
		}
		if diff := cmp.Diff(first.Coverage, again.Coverage); diff != "" {
			t.Errorf("the coverage (-first +again):\n%s", diff)
		}
	}
}

// TestBudget tries no change once the time is over, and says so.
func TestBudget(t *testing.T) {
	m := RunFiles(t.Context(), []string{"testdata/coverage/a_test.yaml"}, Options{Mutate: true, Budget: time.Nanosecond}).Mutation
	if n := m.Count(coverage.NotTried); n == 0 || n != len(m.Mutants) || m.Score() != (coverage.Share{}) {
		t.Errorf("%d of %d mutants were not tried", n, len(m.Mutants))
	}
}
