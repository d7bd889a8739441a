package loader_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/loader"
)

// eachCheck calls visit for the checks of a compiled condition, with their parts.
func eachCheck(x ast.Expr, p loader.Part, visit func(*ast.Check, loader.Part)) {
	switch x := x.(type) {
	case *ast.And:
		for i, o := range x.Operands {
			eachCheck(o, p.Kid(i), visit)
		}
	case *ast.Or:
		for i, o := range x.Operands {
			eachCheck(o, p.Kid(i), visit)
		}
	case *ast.Not:
		eachCheck(x.Operand, p.Kid(0), visit)
	case *ast.Check:
		visit(x, p)
	}
}

// TestParts looks where the checks of rules come from.
func TestParts(t *testing.T) {
	const head = "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"
	for _, test := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"plain", []string{head + "  condition: proc.name = a and not fd.name = b\n"}, []string{
			"proc.name = a at f0:5:14",
			"fd.name = b at f0:5:36",
		}},
		{"macros of other files", []string{
			"- macro: m\n  condition: proc.name = a\n",
			"- macro: n\n  condition: m or fd.name = b\n- macro: o\n  condition: n\n",
			head + "  condition: o\n",
		}, []string{
			"proc.name = a at f0:2:14 in m is m (f0:1:10 used at f1:2:14)",
			"fd.name = b at f1:2:19 in n",
		}},
		{"lists", []string{
			"- list: l\n  items: [a, b c]\n- list: ll\n  items: [l, d]\n",
			head + "  condition: proc.name in (x, l, ll, y) and fd.name in (l)\n",
		}, []string{
			`proc.name in (x, a, "b c", a, "b c", d, y) at f1:5:14: l f0:1:9 used at f1:5:31 [1:3], ll f0:3:9 used at f1:5:34 [3:6]`,
			`fd.name in (a, "b c") at f1:5:45: l f0:1:9 used at f1:5:57 [0:2]`,
		}},
		{"exceptions", []string{
			head + "  condition: proc.name = a or proc.name = b\n  exceptions:\n    - name: e\n      fields: [fd.name, proc.name]\n      values:\n        - [c d, e]\n    - name: none\n      fields: fd.name\n    - {name: f, fields: fd.name, values: [g]}\n",
			"- rule: R\n  exceptions:\n    - name: e\n      values:\n        - [h, i]\n  override: {exceptions: append}\n",
		}, []string{
			"proc.name = a at f0:5:14",
			"proc.name = b at f0:5:31",
			`fd.name = "c d" at f0:10:12 under e f0:7:13`,
			"proc.name = e at f0:10:17 under e f0:7:13",
			"fd.name = h at f1:5:12 under e f0:7:13",
			"proc.name = i at f1:5:15 under e f0:7:13",
			"fd.name in (g) at f0:13:43 under f f0:13:14",
		}},
		{"a condition that takes the parentheses apart", []string{
			head + "  condition: proc.name = a) or (proc.name = b\n  exceptions:\n    - {name: f, fields: fd.name, values: [g]}\n",
		}, []string{
			"proc.name = a at f0:5:14",
			"proc.name = b at f0:5:33",
			"fd.name in (g) at f0:7:25",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := loadTexts(t, test.files...)
			var got []string
			var walk func(x ast.Expr, p loader.Part, under string)
			walk = func(x ast.Expr, p loader.Part, under string) {
				if e, ok := p.Exception(); ok {
					under = fmt.Sprintf(" under %s %s", e.Name, e.Defined)
				}
				for i := range operands(x) {
					walk(operands(x)[i], p.Kid(i), under)
				}
				check, ok := x.(*ast.Check)
				if !ok {
					return
				}
				text := fmt.Sprintf("%s at %s", ast.String(check), p.Range())
				if p.Within() != "" {
					text += " in " + p.Within()
				}
				for _, m := range p.Macros() {
					text += fmt.Sprintf(" is %s (%s used at %s)", m.Name, m.Defined, m.At)
				}
				var lists []string
				for _, l := range p.Lists() {
					lists = append(lists, fmt.Sprintf("%s %s used at %s [%d:%d]", l.Name, l.Defined, l.At, l.From, l.To))
				}
				if text += under; lists != nil {
					text += ": " + strings.Join(lists, ", ")
				}
				got = append(got, text)
			}
			walk(set.Rules[0].Compiled, set.Part(set.Rules[0]), "")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		})
	}
}

func operands(x ast.Expr) []ast.Expr {
	switch x := x.(type) {
	case *ast.And:
		return x.Operands
	case *ast.Or:
		return x.Operands
	case *ast.Not:
		return []ast.Expr{x.Operand}
	}
	return nil
}

// TestPartsOfRealRules looks whether at the place of each check the check stands.
func TestPartsOfRealRules(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(conformance.Dir(t), "official", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, path := range append(paths, "../examples/syscall/rules.yaml") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		set, err := loader.Load([]loader.File{{Name: "f0", Data: text}}, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}})
		if err != nil {
			continue // of another source
		}
		lines := strings.Split(string(text), "\n")
		for _, r := range set.Rules {
			eachCheck(r.Compiled, set.Part(r), func(x *ast.Check, p loader.Part) {
				checks++
				at := p.Range().Start
				if got := lines[at.Line-1][at.Column-1:]; !strings.HasPrefix(got, ast.String(x.Left)) {
					t.Errorf("%s: rule %q: at %s stands %q, not %s", path, r.Name, at, got, ast.String(x))
				}
			})
		}
	}
	if checks == 0 {
		t.Error("there are no checks")
	}
}

func TestEnabledAt(t *testing.T) {
	const rule = "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: proc.name = a\n"
	for _, test := range []struct {
		files []string
		want  string
	}{
		{[]string{rule}, "true "},
		{[]string{rule + "  enabled: false\n"}, "false f0:6:12"},
		{[]string{rule + "  enabled: false\n", "- {rule: R, enabled: true}\n"}, "true f1:1:22"},
		{[]string{rule, "- {rule: R, enabled: false, override: {enabled: replace}}\n"}, "false f1:1:22"},
		{[]string{rule + "  enabled: false\n", rule}, "true "},
	} {
		r := loadTexts(t, test.files...).Rules[0]
		if got := fmt.Sprint(r.Enabled, " ", r.EnabledAt); got != test.want {
			t.Errorf("%q: got %s, want %s", test.files, got, test.want)
		}
	}
}
