package rulesfile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

func ExampleFile_Apply() {
	file, _ := rulesfile.Parse("rules.yaml", []byte("- macro: shell # any\n  condition: proc.nme in (bash, sh)\n  append: true\n"))
	var edits []diag.Edit
	for item := range file.Items() {
		condition := item.Get("condition")
		start := strings.Index(condition.Text(), "proc.nme")
		edit, _ := condition.Replace(start, start+len("proc.nme"), "proc.name")
		edits = append(edits, edit...)
		p := item.Pair("append")
		key, _ := p.Key.Replace(0, len("append"), "override")
		value, _ := p.Set("{condition: append}")
		added, _ := item.AddKey("tags", "[shell]")
		edits = append(edits, slices.Concat(key, value, added)...)
	}
	out, err := file.Apply(edits)
	fmt.Print(string(out), err)
	// Output:
	// - macro: shell # any
	//   condition: proc.name in (bash, sh)
	//   override: {condition: append}
	//   tags: [shell]
	// <nil>
}

func ExampleQuote() {
	for _, text := range []string{"proc.name", "a b", "a: b", "it's: x", "yes", "[x]", ""} {
		fmt.Println(rulesfile.Quote(text))
	}
	// Output:
	// proc.name
	// a b
	// 'a: b'
	// "it's: x"
	// yes
	// '[x]'
	// ''
}

func TestApply(t *testing.T) {
	file := parse(t, "\ufeff- list: l\n  items: [a, b]\n")
	at := func(start, end int, text string) diag.Edit {
		return diag.Edit{Range: file.Range(start, end-start), Text: text}
	}
	moved := at(2, 3, "x")
	moved.Range.Start.Line++
	other := at(2, 3, "x")
	other.Range.File = "g.yaml"
	outside := at(2, 3, "x")
	outside.Range.End.Offset = 1000
	for _, test := range []struct {
		name  string
		edits []diag.Edit
		want  string
	}{
		{"none", nil, "\ufeff- list: l\n  items: [a, b]\n"},
		{"unordered", []diag.Edit{at(24, 24, "c"), at(2, 6, "x")}, "\ufeff- x: l\n  items: [a, bc]\n"},
		{"at the same position", []diag.Edit{at(9, 9, "a"), at(9, 9, "b")}, "\ufeff- list: lab\n  items: [a, b]\n"},
		{"before a range", []diag.Edit{at(2, 6, "x"), at(2, 2, "y")}, "\ufeff- yx: l\n  items: [a, b]\n"},
		{"overlap", []diag.Edit{at(2, 6, "x"), at(4, 8, "y")}, "error: f.yaml:1:5: the edit overlaps another one"},
		{"inside another", []diag.Edit{at(2, 8, "x"), at(4, 4, "y")}, "error: f.yaml:1:5: the edit overlaps another one"},
		{"wrong line", []diag.Edit{moved}, "error: f.yaml:2:3: the edit is for a different version of f.yaml"},
		{"other file", []diag.Edit{other}, "error: g.yaml:1:3: the edit is for a different version of f.yaml"},
		{"outside", []diag.Edit{outside}, "error: f.yaml:1:3: the edit is for a different version of f.yaml"},
		{"no position", []diag.Edit{{Range: diag.Range{File: "f.yaml"}}}, "error: f.yaml: the edit is for a different version of f.yaml"},
		{"too large", []diag.Edit{at(2, 6, strings.Repeat("x", rulesfile.MaxSize))}, "error: f.yaml would have more than 16777216 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := file.Apply(test.edits)
			got := string(out)
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestWrappedEdits edits rules files inside other files.
func TestWrappedEdits(t *testing.T) {
	addKey := func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("append", "true") }
	replace := func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("condition").Replace(0, 1, "b: \"") }
	for _, test := range []struct {
		name, text string
		edit       func(*rulesfile.Item) ([]diag.Edit, error)
		want       string
	}{
		{
			"literal", "kind: ConfigMap\ndata:\n  a.yaml: |\n    # x\n    - macro: m\n      condition: a\n  b: c\n", addKey,
			"kind: ConfigMap\ndata:\n  a.yaml: |\n    # x\n    - macro: m\n      condition: a\n      append: true\n  b: c\n",
		},
		{
			"literal without a line break", "kind: ConfigMap\ndata:\n  a.yaml: |-\n    - macro: m\n      condition: a\n", addKey,
			"kind: ConfigMap\ndata:\n  a.yaml: |-\n    - macro: m\n      condition: a\n      append: true\n",
		},
		{
			"CRLF", "kind: ConfigMap\r\ndata:\r\n  a.yaml: |\r\n    - macro: m\r\n      condition: a\r\n", addKey,
			"kind: ConfigMap\r\ndata:\r\n  a.yaml: |\r\n    - macro: m\r\n      condition: a\r\n      append: true\r\n",
		},
		{
			"double quotes", `{"kind": "ConfigMap", "data": {"a.yaml": "- macro: m\n  condition: a\n"}}`, replace,
			`{"kind": "ConfigMap", "data": {"a.yaml": "- macro: m\n  condition: 'b: \"'\n"}}`,
		},
		{
			"values of values", "kind: ConfigMap\ndata:\n  values.yaml: |\n    customRules:\n      a.yaml: |\n        - macro: m\n          condition: a\n", replace,
			"kind: ConfigMap\ndata:\n  values.yaml: |\n    customRules:\n      a.yaml: |\n        - macro: m\n          condition: 'b: \"'\n",
		},
		{
			"YAML", "kind: Rulesfile\nspec:\n  inlineRules:\n    - macro: m\n      condition: a\n    - list: l\n", addKey,
			"kind: Rulesfile\nspec:\n  inlineRules:\n    - macro: m\n      condition: a\n      append: true\n    - list: l\n",
		},
		{"base64", "kind: Secret\ndata:\n  a.yaml: LSBtYWNybzogbQogIGNvbmRpdGlvbjogYQo=\n", addKey, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := parse(t, test.text)
			unwrapped, ok := file.Unwrap()
			if !ok || len(unwrapped.Files) != 1 {
				t.Fatal("there should be one file inside")
			}
			edits, err := test.edit(firstItem(unwrapped.Files[0]))
			if test.want == "" {
				if err == nil {
					t.Errorf("got %q, want an error", edits)
				}
				return
			}
			if got := apply(t, file, edits, err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if _, err := unwrapped.Files[0].Apply(edits); err == nil {
				t.Error("edits should be applied to the outer file only")
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	file := parse(t, "\xff\xfe-\x00 \x00m\x00a\x00c\x00r\x00o\x00:\x00 \x00m\x00\n\x00")
	if _, err := firstItem(file).AddKey("append", "true"); err == nil {
		t.Error("UTF-16 can be edited")
	}
	_, values := rulesfile.Texts("argument", "a b")
	if _, err := values[0].Replace(0, 1, "c"); err == nil {
		t.Error("an argument can be edited")
	}
}
