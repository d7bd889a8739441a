package coverage

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/loader"
)

// TestTruthTable compares truth tables of random conditions with a simple evaluation, which
// flips each check alone.
func TestTruthTable(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	source := fixtures.NewSource()
	const names, events = 6, 150
	check := func() ast.Expr {
		return &ast.Check{Left: &ast.Field{Name: "proc.env", Arg: &ast.Arg{Text: fmt.Sprint("V", random.Intn(names))}}, Op: ast.OpEq, Right: &ast.Value{Text: "1"}}
	}
	var tree func(depth int) ast.Expr
	tree = func(depth int) ast.Expr {
		switch kind := random.Intn(5); {
		case depth == 0 || kind == 0:
			return check()
		case kind == 1:
			return &ast.Not{Operand: tree(depth - 1)}
		case kind < 4:
			return &ast.And{Operands: []ast.Expr{tree(depth - 1), tree(depth - 1), tree(depth - 1)}}
		}
		return &ast.Or{Operands: []ast.Expr{tree(depth - 1), tree(depth - 1)}}
	}
	for range 60 {
		x := tree(4)
		c := newTruthTable(source.Source, []condition{{rule: &loader.Rule{Source: "syscall", Enabled: true}, expr: x}}, nil)
		var values []map[string]bool
		decoder := fixture.NewDecoder(&fieldsets.Stream{}, source)
		for i := range events {
			set := map[string]bool{}
			var env []byte
			for n := range names {
				value := random.Intn(2)
				set[fmt.Sprint("V", n)] = value == 1
				env = fmt.Appendf(env, `, "proc.env[V%d]": "%d"`, n, value)
			}
			values = append(values, set)
			ev, err := decoder.DecodeYAML([]byte(`{"fields": {"evt.type": "open"` + string(env) + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			c.record(ev, i)
		}
		c.resize((events + 63) / 64)
		v := c.evaluate()
		f := c.fire(eval.FirstMatch, v.of)
		for i, set := range values {
			if got, want := f.fired[0].next(i) == i, holds(x, set, nil); got != want {
				t.Fatalf("%s on %v is %v", ast.String(x), set, got)
			}
		}
		decisive := map[*ast.Check]bitset{}
		c.decisive(v, f.looked, func(check *ast.Check, on, _ bitset) { decisive[check] = on })
		ast.Inspect(x, func(n ast.Node) bool {
			check, ok := n.(*ast.Check)
			if !ok {
				return true
			}
			for i, set := range values {
				want := holds(x, set, nil) != holds(x, set, check)
				if got := decisive[check] != nil && decisive[check].next(i) == i; got != want {
					t.Fatalf("%s in %s is decisive on %v: %v", ast.String(check), ast.String(x), set, got)
				}
			}
			return false
		})
	}
}

// holds evaluates a condition in which the check turned is negated.
func holds(x ast.Expr, values map[string]bool, turned *ast.Check) bool {
	switch x := x.(type) {
	case *ast.Not:
		return !holds(x.Operand, values, turned)
	case *ast.And:
		for _, child := range x.Operands {
			if !holds(child, values, turned) {
				return false
			}
		}
		return true
	case *ast.Or:
		for _, child := range x.Operands {
			if holds(child, values, turned) {
				return true
			}
		}
		return false
	}
	check := x.(*ast.Check)
	return values[check.Left.(*ast.Field).Arg.Text] != (check == turned)
}
