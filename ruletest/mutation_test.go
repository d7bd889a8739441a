package ruletest

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
)

// edited returns a condition with edits made and macros put in.
func edited(x ast.Expr, macros map[string]ast.Expr, edits map[ast.Expr]ast.Expr) ast.Expr {
	if with, ok := edits[x]; ok {
		x, edits = with, nil // what takes the place of a part has that part in it
	}
	var kids []ast.Expr
	for _, kid := range operands(x) {
		kids = append(kids, edited(kid, macros, edits))
	}
	switch x := x.(type) {
	case *ast.MacroRef:
		return edited(macros[x.Name], macros, edits)
	case *ast.Not:
		return &ast.Not{Operand: kids[0]}
	case *ast.And:
		return &ast.And{Operands: kids}
	case *ast.Or:
		return &ast.Or{Operands: kids}
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
		suites, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range suites {
			r := newRunner(Options{Mutate: true})
			run := r.begin(s)
			passed := map[string]bool{}
			for i := range s.Tests {
				passed[s.Tests[i].Name] = run.test(&s.Tests[i]).Status == Passed
			}
			run.settle()
			if len(run.errs) > 0 {
				t.Fatal(run.errs)
			}
			real := map[changeKey]ChangeStatus{}
			for _, set := range run.loaded {
				if set.group == nil {
					continue
				}
				for _, one := range set.group.mutants {
					if real[one.key()] == "" {
						real[one.key()] = Survived
					}
					if set.notices(t, run, one, passed) {
						real[one.key()] = Noticed
					}
				}
			}
			for key, c := range run.measures.changes {
				compared++
				if c.Status != real[key] {
					t.Errorf("%s: %v %s: %s, and really %s", path, key.at, key.text, c.Status, real[key])
				}
			}
		}
	}
	if compared < 300 {
		t.Errorf("%d changes were compared", compared)
	}
}

// notices runs the tests that have the ruleset, with a mutant in it, and reports
// whether one fails that passed.
func (set *ruleset) notices(t *testing.T, run *suiteRun, one *mutant, passed map[string]bool) bool {
	t.Helper()
	macros := map[string]ast.Expr{}
	conditions := set.set.Conditions()
	for _, c := range conditions {
		if c.Macro != nil {
			macros[c.Macro.Name] = c.Expr
		}
	}
	for part := range one.edits { // the nodes are those of an earlier call
		if !set.group.live(part) {
			t.Fatalf("%s is no part of the rules", ast.String(part))
		}
	}
	builder := eval.NewBuilder(run.sources.rules...)
	for i, rule := range set.set.Rules {
		output, err := builder.CompileOutput(rule.Source, rule.CompiledOutput)
		if err == nil {
			err = builder.Add(&eval.Rule{
				Name: rule.Name, Source: rule.Source, Priority: rule.Priority, Tags: rule.Tags, Disabled: !rule.Enabled,
				Condition: edited(conditions[i].Expr, macros, one.edits), Output: output,
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
		if test.Skip == "" && test.Load == nil && passed[test.Name] && run.rulesOf(test) == set && len(run.failures(test)) > 0 {
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
	first := RunFiles(paths, Options{Mutate: true, Coverage: true, Jobs: 1})
	for range 5 {
		again := RunFiles(paths, Options{Mutate: true, Coverage: true, Jobs: 3})
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
	m := RunFiles([]string{"testdata/coverage/a_test.yaml"}, Options{Mutate: true, Budget: time.Nanosecond}).Mutation
	if n := m.Count(NotTried); n == 0 || n != len(m.Changes) || m.Score() != (Share{}) {
		t.Errorf("%d of %d changes were not tried", n, len(m.Changes))
	}
}

// TestRoom judges the events of a group in several parts, and finds the same.
func TestRoom(t *testing.T) {
	suites, err := ReadFile("../examples/k8s_audit/rules_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []*measures
	for _, room := range []int{maxEvents, 9} {
		run := newRunner(Options{Mutate: true, Coverage: true}).begin(suites[0])
		for i := range suites[0].Tests {
			test := &suites[0].Tests[i]
			if set := run.rulesOf(test); set.group != nil {
				set.group.room = room
			}
			run.test(test)
		}
		run.settle()
		got = append(got, run.measures)
	}
	if diff := cmp.Diff(got[0].coverage(), got[1].coverage()); diff != "" {
		t.Errorf("the coverage (-together +in parts):\n%s", diff)
	}
	// A test with more events than there is room for is left out.
	if a, b := got[0].mutation().Count(Noticed), got[1].mutation().Count(Noticed); b == 0 || b > a {
		t.Errorf("%d changes noticed together, %d in parts", a, b)
	}
}
