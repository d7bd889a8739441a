package format

import "testing"

func TestOrder(t *testing.T) {
	for _, test := range []testFile{
		{"rule", "- override: {}\n  tags: []\n  x: 1\n  priority: P\n  enabled: true\n  output: o\n  condition: c\n  desc: d\n  rule: r\n",
			"- rule: r\n  desc: d\n  condition: c\n  output: o\n  priority: P\n  tags: []\n  x: 1\n  enabled: true\n  override: {}\n"},
		{"macro", "- macro: m\n  append: true\n  condition: c\n", "- macro: m\n  condition: c\n  append: true\n"},
		{"list", "- override:\n    items: append\n  list: l\n  items:\n  - a\n  - b\n", "- list: l\n  items:\n  - a\n  - b\n  override:\n    items: append\n"},
		{"sorted", "- rule: r\n\n  # why\n  desc: d\n  x: 1\n", ""},
		{"comments and empty lines", "- rule: r # a\n  # b\n\n  # c\n  output: o # d\n\n  desc: d # e\n  # f\n\n# g\n- rule: s\n",
			"- rule: r # a\n\n  desc: d # e\n  # b\n\n  # c\n  output: o # d\n  # f\n\n# g\n- rule: s\n"},
		{"comment in front of the name", "- desc: d\n  # why\n  rule: r\n", ""},
		{"empty line in front of the name", "- desc: d\n\n  rule: r\n", ""},
		{"indented comment", "- rule: r\n   # why\n  output: o\n  desc: d\n", ""},
		{"texts of several lines", "- rule: r\n  output: >\n    o\n     p\n\n  desc: |\n    d\n  tags:\n  - x\n",
			"- rule: r\n\n  desc: |\n    d\n  output: >\n    o\n     p\n  tags:\n  - x\n"},
		{"kept line breaks", "- rule: r\n  output: |+\n    o\n\n  desc: d\n", ""},
		{"no line ending behind a text", "- rule: r\n  output: |\n    o\n  desc: d", ""},
		{"no line ending", "- rule: r\n  output: o\n  desc: d", "- rule: r\n  desc: d\n  output: o"},
		{"same key twice", "- rule: r\n  output: o\n  desc: d\n  output: p\n  desc: e\n", "- rule: r\n  desc: d\n  desc: e\n  output: o\n  output: p\n"},
		{"anchors", "- rule: r\n  output: &o o\n  desc: *o\n", ""},
		{"anchor of the item", "- &x\n  output: o\n  rule: r\n", ""},
		{"question marks", "- rule: r\n  ? output\n  : o\n  desc: d\n", ""},
		{"missing key", "- rule: r\n  output: o\n  : x\n  desc: d\n", ""},
		{"quoted keys", "- 'output': o\n  \"rule\": r\n", "- \"rule\": r\n  'output': o\n"},
		{"dash on its own line", "-\n  output: o\n  rule: r\n", "-\n  rule: r\n  output: o\n"},
	} {
		test.run(t)
	}
}
