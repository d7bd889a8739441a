package loader_test

import (
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

// TestPlaces looks where the checks and the exceptions of conditions were written.
func TestPlaces(t *testing.T) {
	const head = "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"plain", head + "  condition: proc.name = a and not fd.name = b\n", []string{
			"proc.name = a 5:14-5:27", "fd.name = b 5:36-5:47",
		}},
		{"over lines, with lists", "- list: l\n  items: [a, b c]\n- list: m\n  items: [l, d]\n" + head + "  condition: >\n    proc.name in (x,\n      m)\n    or (proc.name in (l)\n    )\n", []string{
			"proc.name in (x, m) 10:5-11:9", "proc.name in (l) 12:9-12:25",
		}},
		{"of macros", "- macro: m\n  condition: proc.name = a\n" + head + "  condition: m and m\n", []string{"proc.name = a 2:14-2:27"}},
		{"appended", head + "  condition: proc.name = a\n- rule: R\n  condition: or proc.name = b\n  append: true\n", []string{
			"proc.name = a 5:14-5:27", "proc.name = b 7:17-7:30",
		}},
		{"exceptions", head + "  condition: proc.name = a\n  exceptions:\n    - name: rows\n      fields: [proc.pname, user.name]\n      values:\n        - [b, 'c d']\n        - [e, f]\n" +
			"    - name: one\n      fields: fd.name\n      values: [g, h]\n    - name: none\n      fields: fd.num\n", []string{
			"proc.name = a 5:14-5:27",
			"rows: 7:13-7:17", "proc.pname = b 10:12-10:13 (rows)", `user.name = "c d" 10:16-10:19 (rows)`, "proc.pname = e 11:12-11:13 (rows)", "user.name = f 11:15-11:16 (rows)",
			"one: 12:13-12:16", "fd.name in (g, h) 14:16-14:20 (one)",
		}},
		{"an end before the beginning has none", "- list: l\n  items: [z]\n" + head + "  condition: proc.name in l\n", []string{"proc.name in z 7:14-"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := loader.Load([]loader.File{{Name: "f0", Data: []byte(test.text)}}, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource()}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range set.Conditions() {
				var nodes []ast.Node
				exceptions := c.Exceptions()
				ast.Inspect(c.Expr, func(n ast.Node) bool {
					x, ok := n.(ast.Expr)
					for _, e := range exceptions {
						if ok && e == x {
							nodes = append(nodes, n)
						}
					}
					check, ok := n.(*ast.Check)
					if ok {
						nodes = append(nodes, check)
					}
					return !ok
				})
				for i, p := range c.Places(nodes) {
					line := p.Range.Start.String() + "-"
					if p.Range.End.IsValid() {
						line += p.Range.End.String()
					}
					if check, ok := nodes[i].(*ast.Check); ok {
						line = c.Written(check) + " " + line
						if p.Exception != "" {
							line += " (" + p.Exception + ")"
						}
					} else {
						line = p.Exception + ": " + line
					}
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		})
	}
}

// TestPlacesAreThoseOfParts holds the places of the checks of conditions, which are
// found together, against those of parts, which are found one by one.
func TestPlacesAreThoseOfParts(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(conformance.Dir(t), "official", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, path := range append(paths, "../examples/syscall/rules.yaml", "../examples/k8s_audit/rules/pods.yaml", "../ruletest/testdata/coverage/rules.yaml") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		set, err := loader.Load([]loader.File{{Name: "f0", Data: text}}, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}})
		if err != nil {
			continue // of another source, or with macros of another file
		}
		places := map[*ast.Check]loader.Place{}
		for _, c := range set.Conditions() {
			var nodes []ast.Node
			ast.Inspect(c.Expr, func(n ast.Node) bool {
				if check, ok := n.(*ast.Check); ok {
					nodes = append(nodes, check)
				}
				return true
			})
			for i, place := range c.Places(nodes) {
				places[nodes[i].(*ast.Check)] = place
			}
		}
		lines := strings.Split(string(text), "\n")
		for _, r := range set.Rules {
			eachCheck(r.Compiled, set.Part(r), func(x *ast.Check, p loader.Part) {
				compared++
				place, ok := places[x]
				if at := p.Range(); !ok || place.Range != at {
					t.Errorf("%s: %s is at %v, its part at %v", path, ast.String(x), place.Range, at)
				}
				if end := place.Range.End; end.Line < 1 || end.Line > len(lines) || end.Column > len(lines[end.Line-1])+1 {
					t.Errorf("%s: %s ends at %v", path, ast.String(x), end)
				}
			})
		}
	}
	if compared < 20 {
		t.Errorf("%d checks were compared", compared)
	}
}
