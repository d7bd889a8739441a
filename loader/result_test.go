package loader_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// brief lists diagnostics, each in a line.
func brief(ds diag.List) []string {
	var out []string
	for _, d := range ds {
		out = append(out, fmt.Sprintf("%s %s", d.Range, d.Code))
	}
	return out
}

// syscallRule is a rule for system calls.
const syscallRule = `
- rule: %s
  desc: d
  condition: %s
  output: o
  priority: INFO
`

func files(texts ...string) []loader.File {
	var out []loader.File
	for i, text := range texts {
		out = append(out, loader.File{Name: fmt.Sprintf("f%d.yaml", i), Data: []byte(text)})
	}
	return out
}

// TestResults loads several files: each has a verdict of its own, and each thing is
// reported once.
func TestResults(t *testing.T) {
	set, err := loader.Load(files(
		fmt.Sprintf(syscallRule, "r", "evt.type = open and later and nosuch")+"- rule: broken\n  desc: d\n",
		"- macro: later\n  condition: fd.name = x\n",
		"- list: l\n  items: [a]\n- rule: r\n  condition: or evt.type = close\n  override: {condition: append}\n",
	), allSources())
	var ds diag.List
	if !errors.As(err, &ds) {
		t.Fatalf("got error %v", err)
	}
	want := []string{
		"f0.yaml:7:3 LOAD_ERR_YAML_VALIDATE",
		"f0.yaml:7:3 LOAD_ERR_YAML_VALIDATE",
		"f0.yaml:7:3 LOAD_ERR_YAML_VALIDATE",
		"f0.yaml:4:34 LOAD_ERR_VALIDATE",
		"f0.yaml:4:44 LOAD_ERR_VALIDATE",
	}
	if diff := cmp.Diff(want, brief(ds)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	var got []string
	for _, r := range set.Results {
		got = append(got, fmt.Sprint(r.Name, " ", r.Successful(), " ", brief(r.Errors[:min(1, len(r.Errors))])))
	}
	want = []string{
		"f0.yaml false [f0.yaml:7:3 LOAD_ERR_YAML_VALIDATE]",
		"f1.yaml false [f0.yaml:4:44 LOAD_ERR_VALIDATE]", // as in Falco, which has read one rule of f0.yaml
		"f2.yaml false [f0.yaml:4:44 LOAD_ERR_VALIDATE]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestNoFiles(t *testing.T) {
	set, err := loader.Load(nil, allSources())
	if err != nil || set.Engine == nil || len(set.Results) > 0 {
		t.Errorf("got %v and %v", set, err)
	}
}

// TestFileByFile looks at what Falco says of the first file, and no longer of
// both.
func TestFileByFile(t *testing.T) {
	set, err := loader.Load(files(
		"- macro: m\n  condition: evt.type = open\n- list: l\n  items: [a]\n",
		fmt.Sprintf(syscallRule, "r", "m and fd.name in (l)"),
	), allSources())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"f0.yaml:1:10 LOAD_UNUSED_MACRO", "f0.yaml:3:9 LOAD_UNUSED_LIST"}, brief(set.Results[0].Warnings)); diff != "" {
		t.Errorf("of the first file (-want +got):\n%s", diff)
	}
	if len(set.Results[1].Warnings)+len(set.Warnings) > 0 {
		t.Errorf("of the second file %v, of both %v", set.Results[1].Warnings, set.Warnings)
	}
}

// TestRuleset checks what a ruleset reports about its items.
func TestRuleset(t *testing.T) {
	set, err := loader.Load(files(
		"- required_engine_version: 0.40.0\n- required_plugin_versions: [{name: json, version: 0.7.0}]\n"+
			"- list: l\n  items: [a, b]\n- list: m\n  items: [l, c]\n- macro: mac\n  condition: fd.name in (m)\n",
		fmt.Sprintf(syscallRule, "r", "evt.type = open and mac")+"  tags: [y, x]\n",
		"- rule: r\n  enabled: false\n  exceptions: [{name: e, fields: proc.name, values: [cat]}]\n  override: {enabled: replace, exceptions: append}\n",
	), allSources())
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rules) != 1 || len(set.Macros) != 1 || len(set.Lists) != 2 {
		t.Fatalf("got %d rules, %d macros, %d lists", len(set.Rules), len(set.Macros), len(set.Lists))
	}
	r := set.Rules[0]
	const want = "((evt.type = open and fd.name in (a, b, c)) and not proc.name in (cat))"
	if got := ast.String(r.Compiled); got != want {
		t.Errorf("the condition is %s, want %s", got, want)
	}
	if got := fmt.Sprint(r.Name, r.Enabled, r.Tags, r.Defined, r.NameAt, r.Changed, r.Exceptions); got != "rfalse [x y] f1.yaml:2:3 f1.yaml:2:9 [f2.yaml:1:3 f2.yaml:1:3] [{e f2.yaml:3:23 [proc.name] [in] true}]" {
		t.Errorf("the rule is %s", got)
	}
	if m := set.Lists[1]; !slices.Equal(m.Items, []string{"l", "c"}) || !slices.Equal(m.Compiled, []string{"a", "b", "c"}) || !m.Used {
		t.Errorf("the list is %+v", m)
	}
	if set.EngineVersion.String() != "0.40.0" || len(set.Plugins) != 1 || set.Plugins[0][0].Name != "json" {
		t.Errorf("the requirements are %v and %v", set.EngineVersion, set.Plugins)
	}
	if set.Engine.Has("syscall") {
		t.Error("a rule that is switched off can fire")
	}
}

// TestContextFiles judges a file without the one that it needs.
func TestContextFiles(t *testing.T) {
	in := files("- macro: m\n  condition: evt.type = open\n- macro: unused\n  condition: m\n", fmt.Sprintf(syscallRule, "r", "m"))
	in[0].Context = true
	set, err := loader.Load(in, allSources())
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Results) != 1 || set.Results[0].Name != "f1.yaml" || len(set.Warnings) > 0 {
		t.Errorf("got %d results and %v", len(set.Results), set.Warnings)
	}
	in[0].Data = []byte("- macro: m\n")
	set, err = loader.Load(in, allSources())
	if err == nil || set.Results[0].Successful() || brief(set.Errors)[0] != "f0.yaml:1:3 LOAD_ERR_YAML_VALIDATE" {
		t.Errorf("got %v and %v", set.Results[0].Errors, err)
	}
}

// TestInput loads a file that changes what an earlier file defines: a message belongs
// to the file that its position is in, also if only the other file is judged.
func TestInput(t *testing.T) {
	const (
		macro = "- macro: m\n  condition: evt.type = open\n"
		list  = "- list: l\n  items: [a]\n"
	)
	uses := fmt.Sprintf(syscallRule, "r", "m and proc.name in (l)")
	base := macro + list + uses
	excepted := base + "  exceptions: [{name: e, fields: [proc.name], values: [[z]]}]\n"
	for _, test := range []struct{ name, base, local, want string }{
		{"redefined macro, warning", base, "- macro: m\n  condition: evt.type = open and evt.dir = <\n", "f1.yaml:2:34 LOAD_DEPRECATED_ITEM"},
		{"redefined macro, warning about a constant", base, "- macro: m\n  condition: evt.type = open and fd.name = proc.name\n", "f1.yaml:2:44 LOAD_COMPILE_CONDITION"},
		{"redefined macro, error", base, "- macro: m\n  condition: evt.type = open and fd.bogus = x\n", "f1.yaml:2:34 LOAD_ERR_COMPILE_CONDITION"},
		{"redefined macro, undefined macro", base, "- macro: m\n  condition: evt.type = open and n\n", "f1.yaml:2:34 LOAD_ERR_VALIDATE"},
		{"macro with more", base, "- macro: m\n  condition: and evt.dir = <\n  override: {condition: append}\n", "f1.yaml:2:18 LOAD_DEPRECATED_ITEM"},
		{"list with more, error", base, "- list: l\n  items: [\"a b\", \"it's\"]\n  override: {items: append}\n", "f1.yaml:2:21 LOAD_ERR_COMPILE_CONDITION"},
		{"rule with more condition", base, "- rule: r\n  condition: proc.pname = x\n  override: {condition: append}\n", "f1.yaml:2:14 LOAD_ERR_COMPILE_CONDITION"},
		{"rule with more output", base, "- rule: r\n  output: '%fd.bogus'\n  override: {output: append}\n", "f1.yaml:2:12 LOAD_ERR_COMPILE_OUTPUT"},
		{"another output with a deprecated field", base, "- rule: r\n  output: '%evt.dir'\n  override: {output: replace}\n", "f1.yaml:2:13 LOAD_DEPRECATED_ITEM"},
		{"rule with more exceptions", base, "- rule: r\n  exceptions: [{name: e, fields: [fd.bogus], values: [[x]]}]\n  override: {exceptions: append}\n", "f1.yaml:2:35 LOAD_ERR_VALIDATE"},
		{"more values of an exception, of other length", excepted, "- rule: r\n  exceptions: [{name: e, values: [[x, y]]}]\n  override: {exceptions: append}\n", "f1.yaml:2:35 LOAD_ERR_VALIDATE"},
		{"more values of an exception, no row", excepted, "- rule: r\n  exceptions:\n  - name: e\n    values:\n    - x\n  append: true\n", "f1.yaml:5:7 LOAD_ERR_VALIDATE f1.yaml:6:3 LOAD_DEPRECATED_ITEM"},
		{"macro of the earlier file", "- macro: m\n  condition: evt.type = open and evt.dir = <\n", fmt.Sprintf(syscallRule, "r", "m"), "f0.yaml:2:34 LOAD_DEPRECATED_ITEM"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := files(test.base, test.local)
			set, _ := loader.Load(in, allSources())
			all := slices.Concat(set.Errors, set.Warnings, set.Notices)
			if got := strings.Join(brief(all), " "); got != test.want {
				t.Fatalf("got %s, want %s", got, test.want)
			}
			if want := all[0].Range.File; loader.InputOf(all[0]) != want {
				t.Errorf("it belongs to %s, not %s", loader.InputOf(all[0]), want)
			}
			in[0].Context = true
			set, _ = loader.Load(in, allSources())
			kept := len(set.Errors)+len(set.Warnings)+len(set.Notices) > 0
			if want := all[0].Severity == diag.Error || loader.InputOf(all[0]) != in[0].Name; kept != want {
				t.Errorf("with %s as context the message is kept: %v", in[0].Name, kept)
			}
		})
	}
}

// TestFalcoAttribution looks at the results, in which warnings stay where Falco has
// them: with the rule that uses a macro.
func TestFalcoAttribution(t *testing.T) {
	in := files("- macro: m\n  condition: evt.type = open and evt.dir = <\n"+fmt.Sprintf(syscallRule, "a", "m"), fmt.Sprintf(syscallRule, "b", "m"))
	in[0].Context = true
	set, err := loader.Load(in, allSources())
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Warnings) > 0 {
		t.Errorf("got %v, though f0.yaml is not judged", set.Warnings)
	}
	if len(set.Results) != 1 || len(set.Results[0].Warnings) != 1 || loader.FalcoContextOf(set.Results[0].Warnings[0]).Locations[1].Name != "b" {
		t.Errorf("got %v, want the warning that Falco gives for rule b", set.Results[0].Warnings)
	}
}

// TestInputUnwrapped looks at rules in one file: the positions are in that file, and
// the messages belong to its parts.
func TestInputUnwrapped(t *testing.T) {
	indent := func(text string) string {
		return "\n    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
	}
	rule := fmt.Sprintf(syscallRule, "r", "m and proc.name in (l)")
	base := "- macro: m\n  condition: evt.type = open\n- list: l\n  items: [a]\n" + rule
	for _, test := range []struct{ name, yaml, want string }{
		{"redefined macro", "kind: ConfigMap\ndata:\n  a.yaml: |" + indent(base) + "  b.yaml: |" + indent("- macro: m\n  condition: evt.type = open and evt.dir = <"), "f.yaml#b.yaml"},
		{"keys in another order", "kind: ConfigMap\ndata:\n  b.yaml: |" + indent(base) + "  a.yaml: |" + indent("- list: l\n  items: [\"it's\"]\n  override: {items: append}"), "f.yaml#a.yaml"},
		{"the last byte", "kind: ConfigMap\ndata:\n  a.yaml: |" + indent(base) + "  b.yaml: |-\n    - list: l\n      items: [x_list\n  c.yaml: '- list: z'\n", "f.yaml#b.yaml"},
		{"one text twice", "kind: ConfigMap\ndata:\n  a.yaml: &a |" + indent("- macro: n\n  condition: evt.dir = <\n"+fmt.Sprintf(syscallRule, "r", "evt.type = open and n")) + "  b.yaml: *a\n", "f.yaml#b.yaml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			options := allSources()
			options.Unwrap = true
			set, _ := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(test.yaml)}}, options)
			d := slices.Concat(set.Errors, set.Warnings)[0]
			if d.Range.File != "f.yaml" || loader.InputOf(d) != test.want {
				t.Errorf("%v belongs to %s, want %s", d, loader.InputOf(d), test.want)
			}
		})
	}
}

// TestLimits gives the loader what it refuses for its size.
func TestLimits(t *testing.T) {
	if _, err := loader.ReadFile(strings.NewReader(strings.Repeat("#", 17<<20)), "large"); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a large file: got %v", err)
	}
	bomb := "- list: l\n  items: &a [x]\n"
	for i := range 60 {
		bomb += fmt.Sprintf("- x%d: &b%d [*%s, *%s]\n", i, i, [...]string{"a", fmt.Sprintf("b%d", i-1)}[min(i, 1)], [...]string{"a", fmt.Sprintf("b%d", i-1)}[min(i, 1)])
	}
	for name, text := range map[string]string{
		"aliases of aliases":  bomb,
		"an alias of itself":  "- list: l\n  items: &a [x, *a]\n",
		"a deep nest":         strings.Repeat("[", 100_000),
		"a deep block":        "- exceptions: " + strings.Repeat("[", 499) + "x" + strings.Repeat("]", 499),
		"a deep key":          strings.Repeat("? ", 10_000) + "x",
		"many open mappings":  strings.Repeat("{a: ", 50_000),
		"an unclosed comment": strings.Repeat("# x\n", 50_000) + "- [",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := loader.Load(files(text), allSources()); err == nil || !strings.Contains(err.Error(), "LOAD_ERR_YAML_PARSE") {
				t.Errorf("%s: got %v", name, err)
			}
		})
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

// TestOutputRange follows the fields of an output that items append to and that has a
// part which is not compiled.
func TestOutputRange(t *testing.T) {
	set, err := loader.Load(files(
		"- rule: r\n  desc: d\n  condition: evt.type = open\n  output: >\n    a %proc.name\n    %container.info b\n    %fd.name\n  priority: INFO\n",
		"- rule: r\n  output: c %user.name\n  override: {output: append}\n",
	), allSources())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	r := set.Rule("r")
	ast.Inspect(r.Template.Tree(), func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok {
			got = append(got, fmt.Sprintf("%s at %s", f.Name, r.OutputRange(f)))
		}
		return true
	})
	want := []string{"proc.name at f0.yaml:5:8", "fd.name at f0.yaml:7:6", "user.name at f1.yaml:2:14"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReplaceOutput replaces a part of an output that spans two items.
func TestReplaceOutput(t *testing.T) {
	set, err := loader.Load(files(
		"- rule: r\n  desc: d\n  condition: evt.type = open\n  output: \"a \\\"%proc.name\\\"\"\n  priority: INFO\n",
		"- rule: r\n  output: c %user.name\n  override: {output: append}\n",
	), allSources())
	if err != nil {
		t.Fatal(err)
	}
	r := set.Rule("r")
	for i, part := range []ast.Node{r.Template.Tree().Parts[1], r.Template.Tree().Parts[3]} {
		edits, err := r.ReplaceOutput(part, `%user.uid"`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := set.Files()[i].Apply(edits)
		if want := []string{`output: "a \"%user.uid\"\""`, `output: c %user.uid"`}[i]; err != nil || !strings.Contains(string(got), want) {
			t.Errorf("got %v\n%s\nwant %s", err, got, want)
		}
	}
	if edits, err := r.ReplaceOutput(r.Template.Tree(), "x"); err == nil {
		t.Errorf("got %v for an output in two files", edits)
	}
}
