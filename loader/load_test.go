package loader_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/loader/report"
)

func options() loader.Options {
	return loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource()}}
}

func writeJUnit(w io.Writer, set *loader.Ruleset) error {
	return report.JUnit(w, set, nil, diag.Warning)
}

func writeText(w io.Writer, set *loader.Ruleset) error {
	return report.Text(w, set, nil, report.TextOptions{Least: diag.Notice})
}

func falcoJSON(w io.Writer, set *loader.Ruleset) error { return report.Falco(w, set, nil) }

// allSources has the sources that most rules files are about.
func allSources() loader.Options {
	return loader.Options{Sources: []*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}}
}

func load(texts ...string) (*loader.Ruleset, error) {
	var files []loader.File
	for i, text := range texts {
		files = append(files, loader.File{Name: fmt.Sprintf("f%d.yaml", i), Data: []byte(text)})
	}
	return loader.Load(files, options())
}

// TestGolden holds what is wrong with each file in testdata/bad against the
// text beside it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files in testdata/bad")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			set, err := loader.Load([]loader.File{{Name: filepath.Base(path), Data: data}}, allSources())
			var ds diag.List
			if !errors.As(err, &ds) {
				t.Fatalf("got error %v", err)
			}
			var b strings.Builder
			checkRanges(t, data, set.Diagnostics())
			if err := diag.WriteText(&b, set.Diagnostics(), diag.TextOptions{}); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, strings.TrimSuffix(path, ".yaml")+".golden", b.String())
		})
	}
}

// checkRanges checks that offsets, lines and columns of diagnostics of one file
// agree, and that the lines are those of the file.
func checkRanges(t *testing.T, data []byte, list diag.List) {
	t.Helper()
	text := string(yamlfile.Decode(data))
	mark := 0
	if bytes.HasPrefix(data, []byte("\ufeff")) { // in other encodings, offsets count bytes of the text
		mark = len("\ufeff")
	}
	starts := yamlfile.Lines(text)
	agrees := func(p diag.Pos) bool {
		return !p.IsValid() || p.Line <= len(starts) && p.Column >= 1 && mark+min(starts[p.Line-1]+p.Column-1, len(text)) == p.Offset
	}
	check := func(d *diag.Diagnostic, r diag.Range) {
		if !agrees(r.Start) || !agrees(r.End) || max(r.Start.Offset, r.End.Offset) > mark+len(text) || r.End.IsValid() && r.End.Offset < r.Start.Offset {
			t.Errorf("wrong range %#v: %s", r, d)
		}
	}
	for _, d := range list {
		check(d, d.Range)
		for _, r := range d.Related {
			check(d, r.Range)
		}
		for _, e := range d.Edits {
			check(d, e.Range)
		}
		if at := d.Range.Start; at.IsValid() && !strings.HasPrefix(text[starts[at.Line-1]:], d.Line) {
			t.Errorf("the line is not %q: %s", d.Line, d)
		}
	}
}

const rule = `
- rule: %s
  desc: d
  condition: %s
  output: o
  priority: INFO
  source: k8s_audit
`

// TestConditions looks at what conditions become with lists and macros put in.
func TestConditions(t *testing.T) {
	for _, test := range []struct {
		name, before, condition, want string
	}{
		{"a list in parentheses", "- list: l\n  items: [a, b]", "ka.verb in (l)", "ka.verb in (a, b)"},
		{"a list among others", "- list: l\n  items: [a, b]", "ka.verb in (x, l, y)", "ka.verb in (x, a, b, y)"},
		{"a list without parentheses", "- list: l\n  items: [a]", "ka.verb in l", "ka.verb in a"},
		{"an item with a blank", "- list: l\n  items: [a b, '\"c d\"']", "ka.verb in (l)", `ka.verb in ("a b", "c d")`},
		{"an empty list on the left", "- list: l\n  items: []", "ka.verb in (l, a)", "ka.verb in (a)"},
		{"an empty list on the right", "- list: l\n  items: []", "ka.verb in (a, l)", "ka.verb in (a)"},
		{"an empty list alone", "- list: l\n  items: []", "ka.verb in (l)", "ka.verb in ()"},
		{"a list inside quotes", "- list: l\n  items: [a]", `'ka.verb = "x l y"'`, `ka.verb = "x a y"`},
		{"a name inside a word", "- list: l\n  items: [a]", "ka.verb in (ll, l.l, l)", "ka.verb in (ll, l.l, a)"},
		{"a list of a list", "- list: l\n  items: [a]\n- list: m\n  items: [l, b]", "ka.verb in (m)", "ka.verb in (a, b)"},
		{"a list of a later list", "- list: m\n  items: [l, b]\n- list: l\n  items: [a]", "ka.verb in (m)", "ka.verb in (a, b)"},
		{"the last definition counts", "- list: l\n  items: [a]\n- list: l\n  items: [b]", "ka.verb in (l)", "ka.verb in (b)"},
		{"a macro", "- macro: m\n  condition: ka.verb = a or ka.verb = b", "not m", "not (ka.verb = a or ka.verb = b)"},
		{"a macro of a macro", "- macro: m\n  condition: ka.verb = a\n- macro: n\n  condition: not m", "n and m", "(not ka.verb = a and ka.verb = a)"},
		{"a macro with a list", "- list: l\n  items: [a, b]\n- macro: m\n  condition: ka.verb in (l)", "m", "ka.verb in (a, b)"},
		{
			"a macro defined again sees what came between",
			"- macro: m\n  condition: ka.verb = a\n- macro: n\n  condition: ka.verb = b\n- macro: m\n  condition: n",
			"m", "ka.verb = b",
		},
		{"a list appended to", "- list: l\n  items: [a]\n- list: l\n  items: [b]\n  append: true", "ka.verb in (l)", "ka.verb in (a, b)"},
		{"a list overridden", "- list: l\n  items: [a]\n- list: l\n  items: [b]\n  override: {items: append}", "ka.verb in (l)", "ka.verb in (a, b)"},
		{"a list replaced", "- list: l\n  items: [a]\n- list: l\n  items: [b]\n  override: {items: replace}", "ka.verb in (l)", "ka.verb in (b)"},
		{"a macro appended to", "- macro: m\n  condition: ka.verb = a\n- macro: m\n  condition: or ka.verb = b\n  append: true", "m", "(ka.verb = a or ka.verb = b)"},
		{"a macro replaced", "- macro: m\n  condition: ka.verb = a\n- macro: m\n  condition: ka.verb = b\n  override: {condition: replace}", "m", "ka.verb = b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := load(test.before + fmt.Sprintf(rule, "r", test.condition))
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				return
			}
			if got := ast.String(set.Engine.Rules()[0].Condition); got != test.want {
				t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	set, err := load(
		"- required_engine_version: 15\n---\n- macro: m\n  condition: ka.verb = a\n",
		fmt.Sprintf(rule, "one", "m")+fmt.Sprintf(rule, "two", "not m"),
		fmt.Sprintf(rule, "one", "m and m")+"- rule: two\n  enabled: false\n",
	)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range set.Engine.Rules() {
		got = append(got, fmt.Sprint(r.Name, " ", ast.String(r.Condition), " ", r.Disabled))
	}
	want := []string{"one (ka.verb = a and ka.verb = a) false", "two not ka.verb = a true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestAccepted(t *testing.T) {
	for name, text := range map[string]string{
		"an empty file":            "",
		"a comment":                "# nothing\n",
		"null documents and items": "---\n---\n- \n- null\n---\n",
		"no trailing newline":      "- list: l\n  items: [a]",
		"CRLF":                     "- list: l\r\n  items: [a]\r\n",
		"an alias":                 "- list: l\n  items: &x [a]\n- list: m\n  items: *x\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := load(text); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	set, err := load(`
- rule: of system calls
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
- rule: of a later version
  desc: d
  condition: ka.nosuch exists
  output: o
  priority: INFO
  source: k8s_audit
  skip-if-unknown-filter: true
- macro: m
  condition: ka.verb exists
  comment: x
- other: item
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range set.Warnings {
		got = append(got, d.Error())
	}
	want := []string{
		`f0.yaml:2:9: LOAD_UNKNOWN_SOURCE: the rule is skipped: unknown source "syscall" (a rule without a source has source syscall)`,
		`f0.yaml:16:3: LOAD_UNKNOWN_KEY: unknown key "comment" in a macro item`,
		"f0.yaml:17:3: LOAD_UNKNOWN_ITEM: unknown item: not a rule, macro, list or version requirement",
		"f0.yaml:9:14: LOAD_UNKNOWN_FILTER: the rule is skipped: source k8s_audit has no field ka.nosuch",
		`f0.yaml:14:10: LOAD_UNUSED_MACRO: nothing uses macro "m"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(set.Engine.Rules()); n != 0 {
		t.Errorf("%d rules", n)
	}
}

// TestPositions puts the same mistake into each way to write a text in YAML.
func TestPositions(t *testing.T) {
	for _, test := range []struct{ name, yaml, want string }{
		{"plain", "ka.verb = a and nosuch", "4:30"},
		{"plain over lines", "ka.verb = a\n    and nosuch", "5:9"},
		{"single quotes", "'ka.verb = ''a'' and nosuch'", "4:35"},
		{"double quotes", `"ka.verb = \"a\" and\n nosuch"`, "4:37"},
		{"literal", "|\n    ka.verb = a\n\n    and nosuch", "7:9"},
		{"folded", ">-\n    ka.verb = a\n    and\n    nosuch", "7:5"},
		{"anchored", "&x ka.verb = a and nosuch", "4:33"},
		{"not ASCII", "ka.verb = 'é' and nosuch", "4:33"},
		{"escapes", `"ka.verb = 'a\x41\u00e9\t\U0001F600\_\N\L' and nosuch"`, "4:61"},
		{"a backslash at the end of a line", "\"ka.verb = \\\n    a \\\n    and nosuch\"", "6:9"},
		{"a tag right before it", "!t\"ka.verb = a and nosuch\"", "4:33"},
		{"a comment after the tag", "!!str # not this\n    ka.verb = a and nosuch", "5:21"},
		{"a block below its anchor", "&x\n    |\n    ka.verb = a\n    and nosuch", "7:9"},
		{"a tag on a line of its own", "!!str\n    \"ka.verb = a and nosuch\"", "5:22"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := load("- rule: r\n  desc: d\n  priority: INFO\n  condition: " + test.yaml + "\n  output: o\n  source: k8s_audit\n")
			var ds diag.List
			if !errors.As(err, &ds) {
				t.Errorf("%s: got %v", test.name, err)
				return
			}
			r := ds[0].Range
			if got := r.Start.String(); got != test.want || r.End.Offset-r.Start.Offset != len("nosuch") {
				t.Errorf("%s: got %s, %d bytes, want %s", test.name, got, r.End.Offset-r.Start.Offset, test.want)
			}
		})
	}
}

// TestGrowth loads what could grow without bound, or take for ever.
func TestGrowth(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	var lists, macros, failing, late strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lists, "- list: l%d\n  items: [l%d, l%d]\n", i, i+1, i+1)
		if i > 0 {
			fmt.Fprintf(&macros, "- macro: m%d\n  condition: m%d and m%d\n", i, i-1, i-1)
			fmt.Fprintf(&failing, "- macro: f%d\n  condition: f%d and f%d\n", i, i-1, i-1)
		}
	}
	for range 2 { // defined twice, so that each sees the next
		for i := range 40 {
			fmt.Fprintf(&late, "- macro: n%d\n  condition: n%d and n%d\n", i, i+1, i+1)
		}
		late.WriteString("- macro: n40\n  condition: ka.verb exists\n")
	}
	if _, err := load(lists.String() + fmt.Sprintf(rule, "r", "ka.verb in (l0)")); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("lists of lists: got %v", err)
	}
	if _, err := load("- macro: m0\n  condition: ka.verb exists\n" + macros.String() + fmt.Sprintf(rule, "r", "m39")); err == nil || !strings.Contains(err.Error(), "too large with their macros") {
		t.Errorf("macros of macros: %v", err)
	}
	if _, err := load("- macro: f0\n  condition: ka.nosuch exists\n" + failing.String() + fmt.Sprintf(rule, "r", "f39")); err == nil {
		t.Error("macros of a bad macro load")
	}
	if _, err := load(late.String() + fmt.Sprintf(rule, "r", "n0")); err == nil || !strings.Contains(err.Error(), "too large with their macros") {
		t.Errorf("macros of later macros: %v", err)
	}
	many := "- list: l\n  items: [a, b, c]\n" + fmt.Sprintf(rule, "r", "ka.verb in ("+strings.Repeat("l, ", 2000)+"l)")
	if _, err := load(many); err != nil {
		t.Errorf("a list many times: %v", err)
	}
}

// TestHostile loads files that are made to take time or memory: the cost grows
// with their size, and each has a result.
func TestHostile(t *testing.T) {
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	const open = "- {rule: a, desc: d, output: x, priority: INFO, condition: "
	for _, tt := range []struct {
		name string
		n    int
		text func(n int) string
	}{
		{"everything in one line", 500, func(n int) string { return "[" + repeat(n, "{list: l#, items: [a, b]}, ") + "]" }},
		{"a large ConfigMap", 500, func(n int) string {
			return "kind: ConfigMap\ndata:\n  r.yaml: |\n" + repeat(n, "    - {macro: m#, condition: proc.name = x}\n")
		}},
		{"one ConfigMap often", 20, func(n int) string {
			return "kind: List\nitems:\n- &a {kind: ConfigMap, data: {r.yaml: \"" + repeat(100, "- {macro: m#, condition: fd.name = x}\\n") + "\"}}\n" + repeat(n, "- *a\n")
		}},
		{"many bad fields", 200, func(n int) string { return open + "'evt.type = open" + repeat(n, " or proc.nam# = x") + "'}\n" }},
		{"many unknown macros", 100, func(n int) string {
			return repeat(300, "- {macro: macro_#, condition: fd.name = x}\n") + repeat(n, "- {rule: r#, desc: d, output: x, priority: INFO, condition: macr_#}\n")
		}},
		{"many unknown lists", 250, func(n int) string {
			return repeat(300, "- {list: list_#, items: [a]}\n") + open + "'evt.type = open and fd.name in (a" + repeat(n, ", lst_#") + ")'}\n"
		}},
		{"many exceptions", 100, func(n int) string {
			return open + "evt.type = open, exceptions: [" + repeat(n, "{name: e, fields: fd.name, values: [a]}, ") + "]}\n"
		}},
		{"much appended", 250, func(n int) string {
			return open + "evt.type = open}\n" + repeat(n, "- {rule: a, condition: and fd.name != x#, override: {condition: append}}\n")
		}},
		{"a list doubled often", 250, func(n int) string {
			return "- {list: l, items: [" + repeat(n, "a#, ") + "]}\n- {macro: m0, condition: fd.name in (l)}\n" + repeat(16, "- {macro: n#, condition: m0 and m0}\n")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options := allSources()
			options.Unwrap = true
			growth.Linear(t, tt.n, func(n int) {
				set, _ := loader.Load([]loader.File{{Name: "f", Data: []byte(tt.text(n))}}, options)
				if len(set.Results) == 0 {
					t.Error("no results")
				}
			})
		})
	}
}

func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("- list: l\n  items: [a]\n- macro: m\n  condition: ka.verb in (l)\n" + fmt.Sprintf(rule, "r", "m")))
	f.Add([]byte(fmt.Sprintf(rule, "r", "ka.verb exists") + "  exceptions: [{name: e, fields: [ka.verb], comps: [in], values: [['(a']]}, {name: f, fields: [ka.verb], values: [['b)']]}]\n"))
	f.Add([]byte("kind: List\nitems: [{kind: Secret, data: {a.yaml: 'LSBsaXN0OiBsCg=='}}, {kind: Rulesfile, spec: {inlineRules: [{rule: r, append: y}]}}]\n"))
	f.Add([]byte("spec:\n  values: |\n    customRules:\n      a.yaml: \"- list: l\\n\"\nconfigMapGenerator: [{literals: ['a=- list: l']}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		options := allSources()
		options.Unwrap = len(data)%2 == 1
		lines := len(data) + 2
		set, err := loader.Load([]loader.File{{Name: "f", Data: data}, {Name: "g", Data: data}}, options)
		if (set.Engine == nil) == (err == nil) {
			t.Fatalf("%v and %v", set, err)
		}
		for _, d := range slices.Concat(set.Errors, set.Warnings, set.Notices) {
			if d.Code == "" || d.Message == "" || d.Range.File == "" || d.Range.Start.Line > lines {
				t.Fatalf("%+v", d)
			}
		}
		if !options.Unwrap { // else positions can be in what was base64
			checkRanges(t, data, set.Diagnostics())
			checkTraces(t, data, set)
		}
		for _, render := range []func(io.Writer, *loader.Ruleset) error{falcoJSON, writeText, writeJUnit, report.Describe} {
			if err := render(io.Discard, set); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestOddBytes looks at what becomes of bytes that are no text.
func TestOddBytes(t *testing.T) {
	set, err := loader.Load(files("- list: l\n  items: [\"a\xffb\", 'c\x01', \"\u0085d\"]\n"), allSources())
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Lists[0].Items; !slices.Equal(got, []string{"a\xffb", "c\x01", "\u0085d"}) {
		t.Errorf("got %q", got)
	}
	_, err = loader.Load(files("- macro: \"\xff\xff\"\n  condition: [a]\n- macro: \xffm\n  condition: nosuch\n"), allSources())
	var ds diag.List
	if !errors.As(err, &ds) || ds[0].Range.String() != "f0.yaml:2:14" || ds[1].Range.String() != "f0.yaml:4:14" {
		t.Errorf("got %v", ds)
	}
}
