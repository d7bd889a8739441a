package loader_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/loader"
)

func loadTexts(t *testing.T, texts ...string) *loader.Ruleset {
	t.Helper()
	var files []loader.File
	for i, text := range texts {
		files = append(files, loader.File{Name: fmt.Sprintf("f%d", i), Data: []byte(text)})
	}
	set, err := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// fullRange returns both ends of a range as text.
func fullRange(o loader.Origin) string {
	if !o.Range.End.IsValid() {
		return fmt.Sprint(o.Range, "-")
	}
	return fmt.Sprint(o.Range, "-", o.Range.End)
}

const traced = "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"

func TestRoot(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"plain", []string{traced + "  condition: proc.name = a and not fd.name = b\n"}, []string{
			"proc.name = a at f0:5:14",
			"fd.name = b at f0:5:36",
		}},
		{"macros of other files", []string{
			"- macro: m\n  condition: proc.name = a\n",
			"- macro: n\n  condition: m or fd.name = b\n- macro: o\n  condition: n\n",
			traced + "  condition: o\n",
		}, []string{
			"proc.name = a at f0:2:14 in o used at f2:5:14, n used at f1:4:14, m used at f1:2:14, of which m",
			"fd.name = b at f1:2:19 in o used at f2:5:14, n used at f1:4:14",
		}},
		{"a macro used twice", []string{
			"- macro: m\n  condition: proc.name = a\n" + traced + "  condition: m or not m\n",
		}, []string{
			"proc.name = a at f0:2:14 in m used at f0:7:14, of which m",
			"proc.name = a at f0:2:14 in m used at f0:7:23, of which m",
		}},
		{"lists", []string{
			"- list: l\n  items: [a, b c]\n- list: ll\n  items: [l, d]\n",
			traced + "  condition: proc.name in (x, l, ll, y) and fd.name in (l)\n",
		}, []string{
			`proc.name in (x, l, ll, y) at f1:5:14: x f1:5:28, a f0:2:11 of l f1:5:31, "b c" f0:2:14 of l f1:5:31, a f0:2:11 of l f1:5:34, "b c" f0:2:14 of l f1:5:34, d f0:4:14 of ll f1:5:34, y f1:5:38`,
			`fd.name in (l) at f1:5:45: a f0:2:11 of l f1:5:57, "b c" f0:2:14 of l f1:5:57`,
		}},
		{"exceptions", []string{
			traced + "  condition: proc.name = a or proc.name = b\n  exceptions:\n    - name: e\n      fields: [fd.name, proc.name]\n      values:\n        - [c d, e]\n    - name: none\n      fields: fd.name\n    - {name: f, fields: fd.name, values: [g]}\n",
			"- rule: R\n  exceptions:\n    - name: e\n      values:\n        - [h, i]\n  override: {exceptions: append}\n",
		}, []string{
			"proc.name = a at f0:5:14",
			"proc.name = b at f0:5:31",
			`fd.name = "c d" at f0:10:12 in exception e f0:7:13`,
			"proc.name = e at f0:10:17 in exception e f0:7:13",
			"fd.name = h at f1:5:12 in exception e f0:7:13",
			"proc.name = i at f1:5:15 in exception e f0:7:13",
			"fd.name in (g) at f0:13:43 in exception f f0:13:14: g f0:13:43",
		}},
		{"parentheses that the condition closes", []string{
			traced + "  condition: proc.name = a) or (proc.name = b\n  exceptions:\n    - {name: f, fields: fd.name, values: [g]}\n",
		}, []string{
			"proc.name = a at f0:5:14",
			"proc.name = b at f0:5:33",
			"fd.name in (g) at f0:7:25: g f0:7:43",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rule := loadTexts(t, test.files...).Rules[0]
			var got []string
			for n, check := range rule.Trace().Root().Checks() {
				o := n.Origin()
				text := fmt.Sprintf("%s at %s", n.Text(), o.Range)
				for i, use := range o.Macros {
					text += []string{" in ", ", "}[min(i, 1)] + fmt.Sprintf("%s used at %s", use.Macro.Name, use.At)
				}
				for _, use := range n.Expanded() {
					text += ", of which " + use.Macro.Name
				}
				if o.Exception != nil {
					text += fmt.Sprintf(" in exception %s %s", o.Exception.Name, o.Exception.NameAt)
				}
				if list, ok := check.Right.(*ast.List); ok {
					for i, v := range list.Items {
						o := n.At(v)
						text += []string{": ", ", "}[min(i, 1)] + fmt.Sprintf("%s %s", ast.Display(v), o.Range)
						if o.List != nil {
							text += fmt.Sprintf(" of %s %s", o.List.Name, o.ListAt)
						}
					}
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOriginOfNodes(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"plain", traced + "  condition: proc.name = a and not fd.name = b\n", []string{
			"proc.name = a f0:5:14-5:27", "fd.name = b f0:5:36-5:47",
		}},
		{"over lines, with lists", "- list: l\n  items: [a, b c]\n- list: m\n  items: [l, d]\n" + traced + "  condition: >\n    proc.name in (x,\n      m)\n    or (proc.name in (l)\n    )\n", []string{
			"proc.name in (x, m) f0:10:5-11:9", "proc.name in (l) f0:12:9-12:25",
		}},
		{"of macros", "- macro: m\n  condition: proc.name = a\n" + traced + "  condition: m and m\n", []string{"proc.name = a f0:2:14-2:27"}},
		{"appended", traced + "  condition: proc.name = a\n- rule: R\n  condition: or proc.name = b\n  append: true\n", []string{
			"proc.name = a f0:5:14-5:27", "proc.name = b f0:7:17-7:30",
		}},
		{"exceptions", traced + "  condition: proc.name = a\n  exceptions:\n    - name: rows\n      fields: [proc.pname, user.name]\n      values:\n        - [b, 'c d']\n        - [e, f]\n" +
			"    - name: one\n      fields: fd.name\n      values: [g, h]\n    - name: none\n      fields: fd.num\n", []string{
			"proc.name = a f0:5:14-5:27",
			"rows: f0:7:13-7:17", "proc.pname = b f0:10:12-10:13 (rows)", `user.name = "c d" f0:10:16-10:19 (rows)`, "proc.pname = e f0:11:12-11:13 (rows)", "user.name = f f0:11:15-11:16 (rows)",
			"one: f0:12:13-12:16", "fd.name in (g, h) f0:14:16-14:20 (one)",
		}},
		{"an end before the start", "- list: l\n  items: [z]\n" + traced + "  condition: proc.name in l\n", []string{"proc.name in z f0:7:14-"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := loadTexts(t, test.text)
			traces := []*loader.Trace{set.Rules[0].Trace()}
			for _, m := range set.Macros {
				traces = append(traces, m.Trace())
			}
			var got []string
			for _, trace := range traces {
				exceptions := trace.Exceptions()
				ast.Inspect(trace.Expr(), func(n ast.Node) bool {
					o := trace.At(n)
					if len(exceptions) > 0 && n == exceptions[0] {
						got = append(got, o.Exception.Name+": "+fullRange(o))
						exceptions = exceptions[1:]
					}
					check, ok := n.(*ast.Check)
					if ok {
						line := trace.Text(check) + " " + fullRange(o)
						if o.Exception != nil {
							line += " (" + o.Exception.Name + ")"
						}
						got = append(got, line)
					}
					return !ok
				})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReplaceNodes replaces a value of the condition of the first rule.
func TestReplaceNodes(t *testing.T) {
	list := "- list: l\n  items: [b, 'c d']\n"
	for _, test := range []struct{ name, file, value, by, want string }{
		{"plain", traced + "  condition: proc.name = a\n", "a", "b", traced + "  condition: proc.name = b\n"},
		{"quotes", traced + "  condition: 'proc.name = a'\n", "a", "'b'", traced + "  condition: 'proc.name = ''b'''\n"},
		{"plain that needs quotes", traced + "  condition: proc.name = a\n", "a", "\"b: c\"", traced + "  condition: 'proc.name = \"b: c\"'\n"},
		{"folded", traced + "  condition: >\n    proc.name = a and\n    fd.name = x\n", "x", "y", traced + "  condition: >\n    proc.name = a and\n    fd.name = y\n"},
		{"list", list + traced + "  condition: proc.name in (a, l)\n", "c d", "e: f", "- list: l\n  items: [b, 'e: f']\n" + traced + "  condition: proc.name in (a, l)\n"},
		{
			"exception", traced + "  condition: proc.name exists\n  exceptions: [{name: e, fields: [proc.name], values: [[a]]}]\n", "a", "b",
			traced + "  condition: proc.name exists\n  exceptions: [{name: e, fields: [proc.name], values: [[b]]}]\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := loadTexts(t, test.file)
			trace := set.Rules[0].Trace()
			var edits []diag.Edit
			ast.Inspect(trace.Expr(), func(n ast.Node) bool {
				if v, ok := n.(*ast.Value); ok && v.Text == test.value {
					var err error
					if edits, err = trace.Replace(n, test.by); err != nil {
						t.Error(err)
					}
				}
				return true
			})
			out, err := set.Files()[0].Apply(edits)
			if err != nil || string(out) != test.want {
				t.Errorf("got %q, %v, want %q", out, err, test.want)
			}
		})
	}
}

// TestReplaceValue gives a value of the condition of the first rule another text.
func TestReplaceValue(t *testing.T) {
	list := "- list: l\n  items: #\n" + traced + "  condition: proc.name in (l)\n"
	exception := traced + "  condition: evt.type = open\n  exceptions: [{name: e, fields: [proc.name], values: [[#]]}]\n"
	for _, test := range []struct{ name, text, value, by, want string }{
		{"no quotes", traced + "  condition: proc.name = #\n", "a", "b", "b"},
		{"needs quotes", traced + "  condition: proc.name = #\n", "a", "b c", `"b c"`},
		{"keeps quotes", traced + "  condition: proc.name in ( # )\n", "'a'", "b", "'b'"},
		{"escapes", traced + "  condition: proc.name = #\n", `"a"`, `b"`, `"b\""`},
		{"in YAML quotes", traced + "  condition: 'proc.name = #'\n", "a", "b'", `"b''"`},
		{"in double YAML quotes", traced + "  condition: \"proc.name = #\"\n", "a", "b c", `\"b c\"`},
		{"folded", traced + "  condition: >\n    proc.name =\n    #\n", "a", "b c", `"b c"`},
		{"item", list, "[x, a]", "b", "[x, b]"},
		{"item with a blank", list, "[x, a b]", "b c", "[x, b c]"},
		{"item in YAML quotes", list, "[x, 'a b']", "c, d", "[x, 'c, d']"},
		{"item whose quotes Falco adds", list, "[x, a b]", `"`, ""},
		{"value of an exception", exception, "a", "b", "b"},
		{"value of an exception with a blank", exception, "a b", "b c", "b c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := strings.Replace(test.text, "#", test.value, 1)
			set := loadTexts(t, data)
			var edits []diag.Edit
			err := errors.New("no value")
			for n, check := range set.Rules[0].Trace().Root().Checks() {
				if values := check.Values(); ast.String(check.Left) == "proc.name" {
					edits, err = n.ReplaceValue(values[len(values)-1], test.by)
				}
			}
			if test.want == "" {
				if err == nil {
					t.Errorf("got %v, want an error", edits)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := set.Files()[0].Apply(edits)
			if want := strings.Replace(test.text, "#", test.want, 1); err != nil || string(got) != want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

// TestOperands compares the text of the operands of a condition with what it should be.
func TestOperands(t *testing.T) {
	const items = "- list: l\n  items: [a, b]\n- macro: m\n  condition: proc.name in (l) and fd.name = x\n"
	for _, test := range []struct {
		name, condition string
		want            []string
	}{
		{"checks", "proc.name = a and fd.name = \"b c\"", []string{"proc.name = a", `fd.name = "b c"`}},
		{"parentheses", "(proc.name = a )and( (fd.name = b))and (m)", []string{"(proc.name = a )", "( (fd.name = b))", "(m)"}},
		{"negations", "not proc.name = a or not not (fd.name = b) or not(m)", []string{"not proc.name = a", "not not (fd.name = b)", "not(m)"}},
		{"lists", "proc.name in (l, c) and (not fd.name in (l))", []string{"proc.name in (l, c)", "(not fd.name in (l))"}},
		{"a chain in another", "(proc.name = a or fd.name = b) and m", []string{"(proc.name = a or fd.name = b)", "m"}},
		{"lines", ">\n    proc.name = a\n    and\n    fd.name = b\n", []string{"proc.name = a", "fd.name = b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := loadTexts(t, items+traced+"  condition: "+test.condition+"\n")
			root := set.Rules[0].Trace().Root()
			var got []string
			index := 0
			for range root.Children() {
				text, err := root.Source(root.Operand(index))
				if err != nil {
					t.Error(err)
				}
				got = append(got, text)
				index++
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("exceptions", func(t *testing.T) {
		set := loadTexts(t, traced+"  condition: proc.name = a and fd.name = b\n  exceptions: [{name: e, fields: [proc.name], values: [[a]]}]\n")
		root := set.Rules[0].Trace().Root()
		if text, err := root.Source(root.Operand(0)); err == nil {
			t.Errorf("got %q with parentheses that are in no file", text)
		}
		if text, err := root.Child(0).Source(root.Child(0).Operand(1)); err != nil || text != "fd.name = b" {
			t.Errorf("got %q, %v", text, err)
		}
	})
}

// TestInsert inserts text at an empty span.
func TestInsert(t *testing.T) {
	const before = "- list: l\n  items: [a, b]\n" + traced + "  condition: proc.name in (l) and fd.name = x\n"
	set := loadTexts(t, before)
	root := set.Rules[0].Trace().Root()
	for _, test := range []struct {
		name string
		at   diag.Pos
		want string
	}{
		{"start", root.Operand(0).Start, "+proc.name in (l) and fd.name = x"},
		{"end of an operand", root.Operand(0).End, "proc.name in (l)+ and fd.name = x"},
		{"start of an operand", root.Operand(1).Start, "proc.name in (l) and +fd.name = x"},
		{"end", root.Operand(1).End, "proc.name in (l) and fd.name = x+"},
	} {
		t.Run(test.name, func(t *testing.T) {
			edits, err := root.Replace(diag.Span{Start: test.at, End: test.at}, "+")
			if err != nil {
				t.Fatal(err)
			}
			got, err := set.Files()[0].Apply(edits)
			if want := strings.Replace(before, "proc.name in (l) and fd.name = x", test.want, 1); err != nil || string(got) != want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
			}
		})
	}
	t.Run("in a list", func(t *testing.T) {
		var at diag.Pos
		for _, check := range root.Checks() {
			at = check.Values()[len(check.Values())-1].Start
			break
		}
		if edits, err := root.Replace(diag.Span{Start: at, End: at}, "+"); err == nil {
			t.Errorf("got %v", edits)
		}
	})
}

// TestReplaceException replaces a condition that has exceptions: it is not written anywhere.
func TestReplaceException(t *testing.T) {
	set := loadTexts(t, traced+"  condition: proc.name exists\n  exceptions: [{name: e, fields: [proc.name], values: [[a]]}]\n")
	trace := set.Rules[0].Trace()
	if edits, err := trace.Replace(trace.Expr(), "x"); err == nil {
		t.Errorf("got %v", edits)
	}
}

// TestTraceOfRealRules compares the text at the position of each check with the check.
func TestTraceOfRealRules(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(conformance.Dir(t), "official", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for _, path := range append(paths, "../examples/syscall/rules.yaml", "../examples/k8s_audit/rules/pods.yaml", "../ruletest/testdata/coverage/rules.yaml") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		set, err := loader.Load([]loader.File{{Name: "f0", Data: text}}, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}})
		if err != nil {
			continue // of another source
		}
		for _, r := range set.Rules {
			var seen []*ast.Check
			for n, check := range r.Trace().Root().Checks() {
				checks++
				seen = append(seen, check)
				o := n.Origin()
				got := string(text[o.Range.Start.Offset:o.Range.End.Offset])
				if o.Exception == nil && !strings.HasPrefix(got, ast.String(check.Left)) {
					t.Errorf("%s: rule %q: %s is %q, not %s", path, r.Name, o.Range, got, ast.String(check))
				}
				if m := n.Macro(); m != nil {
					if own := m.Trace().At(check); own.Range != o.Range {
						t.Errorf("%s: rule %q: %s is at %s for the rule and at %s for its macro", path, r.Name, ast.String(check), o.Range, own.Range)
					}
				}
			}
			ast.Inspect(r.Compiled, func(n ast.Node) bool {
				if check, ok := n.(*ast.Check); ok {
					if len(seen) == 0 || seen[0] != check {
						t.Fatalf("%s: rule %q has no node for %s", path, r.Name, ast.String(check))
					}
					seen = seen[1:]
				}
				return true
			})
		}
	}
	if checks < 20 {
		t.Errorf("only %d checks", checks)
	}
}

// TestExceptionsWithParentheses has exceptions whose values open and close parentheses,
// so that there are fewer operands than exceptions.
func TestExceptionsWithParentheses(t *testing.T) {
	set := loadTexts(t, traced+"  condition: proc.name = a\n  exceptions:\n"+
		"    - {name: e, fields: [proc.name], comps: [in], values: [['(a']]}\n"+
		"    - {name: f, fields: [proc.name], values: [[b]]}\n"+
		"    - {name: g, fields: [proc.name], values: [['b)']]}\n")
	trace := set.Rules[0].Trace()
	if exceptions := trace.Exceptions(); exceptions != nil {
		t.Errorf("got %d exceptions", len(exceptions))
	}
	for n := range trace.Root().Checks() {
		if o := n.Origin(); !o.Range.Start.IsValid() {
			t.Errorf("%s has no position", n.Text())
		}
	}
}

// TestRootOfFilesThatDidNotLoad visits conditions whose macros are not compiled.
func TestRootOfFilesThatDidNotLoad(t *testing.T) {
	text := "- macro: m\n  condition: proc.name = a\n" + traced + "  condition: m and nosuch and proc.name = b\n"
	set, err := loader.Load([]loader.File{{Name: "f0", Data: []byte(text)}}, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource()}})
	if err == nil {
		t.Fatal("the files loaded")
	}
	var got []string
	for _, c := range set.Parsed() {
		for n := range c.Root().Checks() {
			got = append(got, fmt.Sprintf("%s %s: %s", c.Item.Name, n.Origin().Range, n.Text()))
		}
	}
	want := []string{"m f0:2:14: proc.name = a", "R f0:7:31: proc.name = b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// checkTraces checks that each node of a condition has a range in the file that was loaded.
func checkTraces(t *testing.T, data []byte, set *loader.Ruleset) {
	t.Helper()
	visits := 10_000
	check := func(o loader.Origin, text string) {
		t.Helper()
		if start, end := o.Range.Start, o.Range.End; !start.IsValid() || start.Offset > len(data) || end.IsValid() && (end.Offset < start.Offset || end.Offset > len(data)) {
			t.Fatalf("%s is at %+v", text, o.Range)
		}
	}
	for _, c := range set.Parsed() {
		ast.Inspect(c.Expr(), func(n ast.Node) bool {
			visits--
			check(c.At(n), ast.String(n))
			return visits > 0
		})
		_ = c.Text(c.Expr())
		for n := range c.Root().Checks() {
			if visits--; visits < 0 {
				return
			}
			check(n.Origin(), n.Text())
		}
	}
}

// TestRootOfManyNodes visits a condition whose macros have 32,768 checks. Each visit makes
// a few values, but no tree is kept.
func TestRootOfManyNodes(t *testing.T) {
	text := "- macro: m0\n  condition: proc.name = a\n"
	for i := range 15 {
		text += fmt.Sprintf("- macro: m%d\n  condition: m%d or m%d\n", i+1, i, i)
	}
	rule := loadTexts(t, text+traced+"  condition: m15\n").Rules[0]
	checks := 0
	allocs := testing.AllocsPerRun(1, func() {
		checks = 0
		for range rule.Trace().Root().Checks() {
			checks++
		}
	})
	if checks != 1<<15 || allocs > 8*(1<<15) {
		t.Errorf("visited %d checks with %.0f allocations", checks, allocs)
	}
	for n := range rule.Trace().Root().Checks() {
		if o := n.Origin(); len(o.Macros) != 16 || o.Macros[0].Macro.Name != "m15" || o.Macros[15].Macro.Name != "m0" {
			t.Errorf("got %d macros: %v", len(o.Macros), o.Macros)
		}
		break
	}
}
