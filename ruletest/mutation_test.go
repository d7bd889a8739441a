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

// edited applies edits to a condition and expands its macros.
func edited(x ast.Expr, macros map[string]ast.Expr, edits map[ast.Expr]ast.Expr) ast.Expr {
	if with, ok := edits[x]; ok {
		x, edits = with, nil // the replacement may contain the replaced part
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

// TestMutants compares the status of each mutant with a run of the tests over rules that
// are really changed.
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
				run.evaluateCoverage(t.Context())
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
						if set.kills(t, run, edits, passed) {
							actual[key] = coverage.Killed
						}
					}
				}
				for _, m := range run.collector.Mutation().Mutants {
					compared++
					if want := actual[keyOf(m)]; m.Status != want {
						t.Errorf("%s: %v %s: got %s, want %s", path, m.Position, m.Text, m.Status, want)
					}
				}
			}
		})
	}
	if compared < 300 {
		t.Errorf("%d mutants were compared", compared)
	}
}

// keyOf identifies a mutant. A dropped item of a list has no owner.
func keyOf(m *coverage.Mutant) coverage.Mutant {
	key := *m
	if key.Status = ""; key.Kind == coverage.DropItem {
		key.Rule, key.Macro, key.Exception = "", "", ""
	}
	return key
}

// kills runs the tests of a mutated ruleset and reports whether one fails that passed
// before.
func (set *ruleset) kills(t *testing.T, run *suiteRun, edits map[ast.Expr]ast.Expr, passed map[string]bool) bool {
	t.Helper()
	conditions, macros := set.group.Conditions()
	builder := eval.NewBuilder(run.sources.rules...)
	for _, rule := range set.set.Rules {
		output, err := builder.CompileOutput(rule.Source, rule.CompiledOutput)
		if err == nil {
			err = builder.Add(&eval.Rule{
				Name: rule.Name, Source: rule.Source, Priority: rule.Priority, Tags: rule.Tags, Disabled: !rule.Enabled,
				Condition: edited(conditions[rule], macros, edits), Output: output,
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

// TestMutationIsDeterministic runs suites several times, on several goroutines.
func TestMutationIsDeterministic(t *testing.T) {
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

// TestBudget checks that mutants which are not tried in time are reported as such.
func TestBudget(t *testing.T) {
	for _, budget := range []time.Duration{time.Nanosecond, -1} {
		t.Run(budget.String(), func(t *testing.T) {
			m := RunFiles(t.Context(), []string{"testdata/coverage/a_test.yaml"}, Options{Mutate: true, Budget: budget}).Mutation
			if n := m.Count(coverage.NotTried); n == 0 || n != len(m.Mutants) || m.Score() != (coverage.Ratio{}) {
				t.Errorf("%d of %d mutants were not tried", n, len(m.Mutants))
			}
		})
	}
}
