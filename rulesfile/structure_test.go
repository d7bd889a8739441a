package rulesfile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

// structureEdits are edits of the first item of a file.
var structureEdits = []struct {
	name, before string
	edit         func(*rulesfile.Item) ([]diag.Edit, error)
	want         string
}{
	{
		"add a key", "# x\n- macro: m # y\n  condition: a\n\n# z\n- list: l\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("append", "true") },
		"# x\n- macro: m # y\n  condition: a\n  append: true\n\n# z\n- list: l\n",
	},
	{
		"add a key behind a comment", "- macro: m\n  condition: a # x\n  # y\n- list: l\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("append", "true") },
		"- macro: m\n  condition: a # x\n  # y\n  append: true\n- list: l\n",
	},
	{
		"add a key at the end", "- macro: m\n  condition: >\n    a\n    b",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("append", "true") },
		"",
	},
	{
		"add a mapping", "- macro: m\r\n  condition: a\r\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("override", "condition: append\nx: y") },
		"- macro: m\r\n  condition: a\r\n  override:\r\n    condition: append\r\n    x: y\r\n",
	},
	{
		"add a list", "-   rule: r\n    condition: a\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("tags", "- a\n- b") },
		"-   rule: r\n    condition: a\n    tags:\n      - a\n      - b\n",
	},
	{
		"add a block text", "- rule: r\n  condition: a\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("desc", ">\n  a\n\n  b") },
		"- rule: r\n  condition: a\n  desc: >\n    a\n\n    b\n",
	},
	{
		"add a key in braces", "- {macro: m, condition: a}\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("append", "true") },
		"- {macro: m, condition: a, append: true}\n",
	},
	{
		"add a list in braces", "- {rule: m, condition: a}\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("tags", "- a") },
		"",
	},
	{
		"add a key again", "- macro: m\n  condition: a\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.AddKey("condition", "b") },
		"",
	},
	{
		"set a value", "- macro: m\n  condition: a # c\n  append: true\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Set("b and c") },
		"- macro: m\n  condition: b and c # c\n  append: true\n",
	},
	{
		"set a folded text", "- macro: m\n  condition: a # c\n  append: true\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) {
			return it.Pair("condition").Set(">\n  b\n  and c")
		},
		"- macro: m\n  condition: > # c\n    b\n    and c\n  append: true\n",
	},
	{
		"set a folded text in one line", "- macro: m\n  condition: > # c\n    a\n    and b\n  append: true\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Set("c") },
		"- macro: m\n  condition: c # c\n  append: true\n",
	},
	{
		"set a missing value", "- macro: m\n  condition:\n  append: true\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Set("c") },
		"- macro: m\n  condition: c\n  append: true\n",
	},
	{
		"set a list", "- list: m\n  items: # x\n    - a\n    - b # y\n  append: true\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("items").Set("[]") },
		"- list: m\n  items: [] # x # y\n  append: true\n",
	},
	{
		"set a value in braces", "- {macro: m, condition: a}\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Set("'b, c'") },
		"- {macro: m, condition: 'b, c'}\n",
	},
	{
		"set an alias", "- macro: &x m\n  condition: *x\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Set("b") },
		"- macro: &x m\n  condition: b\n",
	},
	{
		"set an anchored value", "- macro: &x m\n  condition: *x\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("macro").Set("b") },
		"",
	},
	{
		"delete a key", "- macro: m\n  # x\n  condition: a # y\n  # z\n\n  append: true\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Delete() },
		"- macro: m\n\n  append: true\n",
	},
	{
		"delete the first key", "- macro: m # x\n  # y\n  condition: a\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("macro").Delete() },
		"- # y\n  condition: a\n",
	},
	{
		"delete the last key", "- macro: m\n  condition: |\n    a\n\n    b\n# x\n- list: l\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Delete() },
		"- macro: m\n# x\n- list: l\n",
	},
	{
		"delete the only key", "- macro: m\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("macro").Delete() },
		"",
	},
	{
		"delete a key in braces", "- {macro: m, condition: a, append: true}\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Delete() },
		"- {macro: m, append: true}\n",
	},
	{
		"delete the last key in braces", "- {macro: m, condition: a }\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Pair("condition").Delete() },
		"- {macro: m }\n",
	},
	{
		"add an entry", "- list: l\n  items:\n  - a\n  - b # x\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").InsertEntry(2, "c") },
		"- list: l\n  items:\n  - a\n  - b # x\n  - c\n",
	},
	{
		"insert an entry", "- list: l\n  items:\n    # x\n    - a\n    - b\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").InsertEntry(0, "c") },
		"- list: l\n  items:\n    - c\n    # x\n    - a\n    - b\n",
	},
	{
		"insert an entry behind a dash", "- list: l\n  items:\n  - - a\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) {
			for row := range it.Get("items").Entries() {
				return row.InsertEntry(0, "c")
			}
			return nil, nil
		},
		"- list: l\n  items:\n  - - c\n    - a\n",
	},
	{
		"add an entry in brackets", "- list: l\n  items: [a, b]\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").InsertEntry(2, "c") },
		"- list: l\n  items: [a, b, c]\n",
	},
	{
		"add an entry before a comma", "- list: l\n  items: [\n    a,\n    b, # x\n  ]\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").InsertEntry(2, "c") },
		"- list: l\n  items: [\n    a,\n    b, c, # x\n  ]\n",
	},
	{
		"add an entry in empty brackets", "- list: l\n  items: []\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").InsertEntry(0, "c") },
		"- list: l\n  items: [c]\n",
	},
	{
		"add a row", "- rule: r\n  values:\n    - [a, b]\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("values").InsertEntry(1, "[c, d]") },
		"- rule: r\n  values:\n    - [a, b]\n    - [c, d]\n",
	},
	{
		"set an entry", "- list: l\n  items:\n  - a # x\n  - b\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").SetEntry(0, "- c\n- d") },
		"- list: l\n  items:\n  - - c # x\n    - d\n  - b\n",
	},
	{
		"delete an entry", "- list: l\n  items:\n  - a\n  # x\n  - b # y\n  - c\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").DeleteEntry(1) },
		"- list: l\n  items:\n  - a\n  - c\n",
	},
	{
		"delete the only entry", "- list: l\n  items:\n  - a\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").DeleteEntry(0) },
		"",
	},
	{
		"delete the only entry in brackets", "- list: l\n  items: [ a, ]\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").DeleteEntry(0) },
		"- list: l\n  items: [  ]\n",
	},
	{
		"delete an entry and a comment in brackets", "- list: l\n  items: [a, # x\n    b]\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Get("items").DeleteEntry(0) },
		"",
	},
	{
		"sort keys", "# a\n- rule: r # b\n  tags: [x] # c\n\n  # d\n  desc: >\n    e\n  # f\n\n- list: l\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.SortKeys(descFirst) },
		"# a\n- rule: r # b\n  # d\n  desc: >\n    e\n  tags: [x] # c\n\n  # f\n\n- list: l\n",
	},
	{
		"sort keys at the end", "- tags: [x]\r\n  rule: r\r\n  desc: d",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.SortKeys(descFirst) },
		"- rule: r\r\n  desc: d\r\n  tags: [x]",
	},
	{
		"sort keys in braces", "- {tags: [x], rule: r}\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.SortKeys(descFirst) },
		"",
	},
	{
		"sort keys with a comment above the first", "- tags: [x]\n  # y\n  rule: r\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.SortKeys(descFirst) },
		"",
	},
	{
		"set an item", "# m\n- macro: m\n  condition: a\n\n# l\n- list: l\n  items: []\n",
		func(it *rulesfile.Item) ([]diag.Edit, error) { return it.Set("macro: n\ncondition: b") },
		"# m\n- macro: n\n  condition: b\n\n# l\n- list: l\n  items: []\n",
	},
	{
		"delete an item", "# file\n\n# m\n- macro: m\n  condition: a\n\n# l\n- list: l\n  items: []\n",
		(*rulesfile.Item).Delete,
		"# file\n\n# l\n- list: l\n  items: []\n",
	},
	{
		"delete an item without empty lines", "- macro: m\n  condition: a\n- list: l\n  items: []\n",
		(*rulesfile.Item).Delete,
		"- list: l\n  items: []\n",
	},
	{
		"delete an item in brackets", "[{macro: m, condition: a},\n {list: l, items: []}]\n",
		(*rulesfile.Item).Delete,
		"[{list: l, items: []}]\n",
	},
}

// descFirst sorts the keys rule and desc before others.
func descFirst(key string) int {
	switch key {
	case "rule":
		return 0
	case "desc":
		return 1
	}
	return 2
}

func TestStructure(t *testing.T) {
	for _, test := range structureEdits {
		t.Run(test.name, func(t *testing.T) {
			for _, mark := range []string{"", "\ufeff"} {
				file := parse(t, mark+test.before)
				edits, err := test.edit(firstItem(file))
				if test.want == "" {
					if err == nil {
						t.Errorf("got %q, want an error", apply(t, file, edits, nil))
					}
					return
				}
				if diff := cmp.Diff(mark+test.want, apply(t, file, edits, err)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestInsertItems(t *testing.T) {
	const item = "macro: x\ncondition: >\n  a and\n  b"
	const written = "- macro: x\n  condition: >\n    a and\n    b\n"
	for _, test := range []struct {
		name, before string
		index        int
		want         string
	}{
		{"behind one", "- list: l\n  items: []\n", 1, "- list: l\n  items: []\n\n" + written},
		{"before one", "# x\n- list: l\n  items: []\n", 0, written + "\n# x\n- list: l\n  items: []\n"},
		{"between", "- list: l\n- list: k\n", 1, "- list: l\n" + written + "- list: k\n"},
		{"between, with lines", "- list: l\n\n# x\n- list: k\n", 1, "- list: l\n\n" + written + "\n# x\n- list: k\n"},
		{"no line break at the end", "- list: l", 1, "- list: l\n\n" + written},
		{"brackets", "[{list: l}]", 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := parse(t, test.before)
			edits, err := file.Documents()[0].InsertEntry(test.index, item)
			if test.want == "" {
				if err == nil {
					t.Errorf("got %q, want an error", apply(t, file, edits, nil))
				}
				return
			}
			if diff := cmp.Diff(test.want, apply(t, file, edits, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestMissing edits what is not in a file.
func TestMissing(t *testing.T) {
	item := firstItem(parse(t, "- list: l\n  items: []\n"))
	missing, pair := item.Get("append"), item.Pair("append")
	for name, edit := range map[string]func() ([]diag.Edit, error){
		"Replace":     func() ([]diag.Edit, error) { return missing.Replace(0, 0, "true") },
		"AddKey":      func() ([]diag.Edit, error) { return missing.AddKey("a", "b") },
		"InsertEntry": func() ([]diag.Edit, error) { return missing.InsertEntry(0, "a") },
		"SetEntry":    func() ([]diag.Edit, error) { return missing.SetEntry(0, "a") },
		"DeleteEntry": func() ([]diag.Edit, error) { return missing.DeleteEntry(0) },
		"Set":         func() ([]diag.Edit, error) { return pair.Set("true") },
		"SortKeys":    func() ([]diag.Edit, error) { return missing.SortKeys(descFirst) },
		"Delete":      pair.Delete,
	} {
		t.Run(name, func(t *testing.T) {
			if edits, err := edit(); err == nil {
				t.Errorf("got %v, want an error", edits)
			}
		})
	}
}
