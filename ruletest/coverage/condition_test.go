package coverage

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/loader"
)

// TestConditionsOfEqualRules checks that rules with the same text have their own nodes.
func TestConditionsOfEqualRules(t *testing.T) {
	rules := "- macro: m\n  condition: proc.name = a\n"
	for _, name := range []string{"A", "B"} {
		rules += fmt.Sprintf("- rule: %s\n  desc: d\n  output: o\n  priority: INFO\n  condition: m and (not fd.num = 1 or fd.num = 2)\n"+
			"  exceptions: [{name: e, fields: proc.name, values: [b]}]\n", name)
	}
	set, err := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(rules)}}, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource()}})
	if err != nil {
		t.Fatal(err)
	}
	conditions := conditionsOf(set)
	if len(conditions) != 3 || !ast.Equal(conditions[0].expr, conditions[1].expr) {
		t.Fatalf("got %d conditions", len(conditions))
	}
	seen := map[ast.Expr]bool{}
	for i, c := range conditions[:2] {
		ast.Inspect(c.expr, func(n ast.Node) bool {
			if x, ok := n.(ast.Expr); ok {
				if seen[x] {
					t.Errorf("both rules have the node of %s", ast.String(x))
				}
				seen[x] = true
			}
			return true
		})
		if len(c.exceptions) != 1 || !seen[c.exceptions[0]] {
			t.Fatalf("rule %s has %d exceptions", c.rule.Name, len(c.exceptions))
		}
		at := c.trace.At(c.exceptions[0])
		if want := 8 + 6*i; at.Range.Start.Line != want || at.Exception.Name != "e" {
			t.Errorf("exception %s of rule %s is at %s, want line %d", at.Exception.Name, c.rule.Name, at.Range, want)
		}
	}
}
