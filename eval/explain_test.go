package eval_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

// outline writes a tree in one line: t or f for the result of a node, with a star if it
// is decisive, and a dot for a node that was not evaluated.
func outline(n *eval.Node) string {
	var b strings.Builder
	switch {
	case !n.Evaluated:
		return "."
	case n.Result:
		b.WriteByte('t')
	default:
		b.WriteByte('f')
	}
	if n.Decisive {
		b.WriteByte('*')
	}
	if len(n.Children) > 0 {
		var children []string
		for _, child := range n.Children {
			children = append(children, outline(child))
		}
		b.WriteString("(" + strings.Join(children, " ") + ")")
	}
	return b.String()
}

func TestExplainTree(t *testing.T) {
	for _, test := range []struct{ condition, want string }{
		{"t.s exists", "t*"},
		{"t.none exists", "f*"},
		{"not t.none = x", "t*(f*)"},
		{"t.s exists and t.other exists", "t*(t* t*)"},
		{"t.s exists and t.none = x and t.other exists", "f*(t f* .)"},
		{"t.s exists and (t.none = x or t.other = x)", "f*(t f*(f* f*))"},
		{"t.none = x or t.s exists or t.other exists", "t*(f t* .)"},
		{"not (t.none = x or (t.s exists and t.other exists))", "f*(t*(f t*(t* t*)))"},
		{"t.none = x and (t.s exists or t.other exists)", "f*(f* .)"},
		{"t.s exists and not (t.none = x and t.s exists)", "t*(t* t*(f*(f* .)))"},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			engine := build(t, test.condition)
			got := explainer(t, engine, engine.Rules()[0], eval.FirstMatch).Explain(testEvent())
			if o := outline(got.Condition); o != test.want {
				t.Errorf("%s:\n got %s\nwant %s", test.condition, o, test.want)
			}
		})
	}
}

func TestExplainOperands(t *testing.T) {
	seen := func(operand string, values ...string) *eval.Operand {
		return &eval.Operand{Name: operand, Present: len(values) > 0, Values: values}
	}
	list := &eval.Operand{Name: "t.list", List: true, Present: true, Values: []string{"a", "b", "b"}}
	for _, test := range []struct {
		condition   string
		left, right *eval.Operand
	}{
		{"t.s = x", seen("t.s", "Hello World"), nil},
		{"t.none = x", seen("t.none"), nil},
		{"t.empty exists", seen("t.empty", ""), nil},
		{"t.list in (a)", list, nil},
		{"t.key[x] = y", seen("t.key[x]", "aGk="), nil},
		{"tolower(t.s) = val(t.other)", seen("tolower(t.s)", "hello world"), seen("t.other", "Hello World")},
		{"t.s = basename(t.path)", seen("t.s", "Hello World"), seen("basename(t.path)", "libc.so")},
		{"len(t.list) = 3", &eval.Operand{Name: "len(t.list)", Type: fieldsets.Uint64, Present: true, Values: []string{"3"}}, nil},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			engine := build(t, test.condition)
			got := explainer(t, engine, engine.Rules()[0], eval.FirstMatch).Explain(testEvent()).Condition
			if diff := cmp.Diff([]*eval.Operand{test.left, test.right}, []*eval.Operand{got.Left, got.Right}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.condition, diff)
			}
		})
	}
}

func TestExplainBy(t *testing.T) {
	b := eval.NewBuilder(testSource(), fieldsets.NewSource("empty"))
	add := func(name, source, condition string, disabled bool) *eval.Rule {
		x, err := parser.Condition(condition)
		if err != nil {
			t.Fatal(err)
		}
		output, err := b.CompileOutput(source, "x")
		if err != nil {
			t.Fatal(err)
		}
		r := &eval.Rule{Name: name, Source: source, Condition: x, Output: output, Disabled: disabled}
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	off := add("off", "test", "t.s exists", true)
	never := add("never", "test", "t.none exists", false)
	first := add("first", "test", "t.s exists", false)
	second := add("second", "test", "t.other exists", false)
	other := add("other", "empty", "evt.num exists", false)
	engine := b.Engine()
	for _, test := range []struct {
		name      string
		rule      *eval.Rule
		mode      eval.Mode
		condition string
		by        *eval.Rule
	}{
		{"disabled", off, eval.FirstMatch, "t*", nil},
		{"false", never, eval.FirstMatch, "f*", nil},
		{"first", first, eval.FirstMatch, "t*", nil},
		{"second", second, eval.FirstMatch, "t*", first},
		{"second of all", second, eval.AllMatches, "t*", nil},
		{"other source", other, eval.FirstMatch, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := explainer(t, engine, test.rule, test.mode).Explain(testEvent())
			condition := ""
			if got.Condition != nil {
				condition = outline(got.Condition)
			}
			if condition != test.condition || got.By != test.by {
				t.Errorf("got %s, %+v, want %s, %+v", condition, got.By, test.condition, test.by)
			}
		})
	}
}

// TestExplainAgrees compares explanations with the engine, on the conditions and the
// events of the reference evaluator, in both modes, and checks that the result of each
// node follows from those below it.
func TestExplainAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	b := eval.NewBuilder(fieldsets.NewSource("test", refSource{}))
	output, err := b.CompileOutput("test", "x")
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 300; {
		text := refRule(r)
		x, err := parser.Condition(text)
		if err != nil {
			continue
		}
		if err := b.Add(&eval.Rule{Name: fmt.Sprintf("%d: %s", n, text), Source: "test", Condition: x, Output: output, Disabled: n%7 == 0}); err != nil {
			t.Fatal(err)
		}
		n++
	}
	engine, events := b.Engine(), refEvents(r, 40)
	for _, mode := range []eval.Mode{eval.FirstMatch, eval.AllMatches} {
		matcher := engine.NewMatcher(mode)
		for _, rule := range engine.Rules() {
			x := explainer(t, engine, rule, mode)
			for _, data := range events {
				ev := &fieldsets.Event{Source: "test", Data: data}
				fired := false
				for _, m := range matcher.Match(ev) {
					fired = fired || m.Rule == rule
				}
				got := x.Explain(ev)
				if explained := got.Condition.Result && !rule.Disabled && got.By == nil; explained != fired {
					t.Fatalf("%s\non %q: got %v from the explanation, %v from the engine", rule.Name, data, explained, fired)
				}
				if want := refHolds(rule.Condition, data); got.Condition.Result != want {
					t.Fatalf("%s\non %q: the tree has the result %v", rule.Name, data, got.Condition.Result)
				}
				checkNode(t, got.Condition, data)
			}
		}
	}
}

// checkNode checks that the result of a node follows from those below it, and from the
// decisive ones alone.
func checkNode(t *testing.T, n *eval.Node, ev refEvent) {
	t.Helper()
	decisive := 0
	for _, child := range n.Children {
		if child.Decisive {
			decisive++
			if _, not := n.Expr.(*ast.Not); child.Result == n.Result == not {
				t.Fatalf("%s on %q: %s is decisive, but has another result", ast.String(n.Expr), ev, ast.String(child.Expr))
			}
		}
		if child.Evaluated {
			checkNode(t, child, ev)
		}
	}
	if n.Decisive && len(n.Children) > 0 && decisive == 0 {
		t.Fatalf("%s on %q: no child is decisive", ast.String(n.Expr), ev)
	}
	if check, ok := n.Expr.(*ast.Check); ok {
		if n.Result != refCheck(check, ev) || n.Left == nil || n.Left.Present != refRead(check.Left, ev).there {
			t.Fatalf("%s on %q: got %v, seen %+v", ast.String(check), ev, n.Result, n.Left)
		}
	}
}

// explainer returns an explainer of a rule.
func explainer(t *testing.T, engine *eval.Engine, rule *eval.Rule, mode eval.Mode) *eval.Explainer {
	t.Helper()
	x, err := engine.NewExplainer(rule, mode)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
