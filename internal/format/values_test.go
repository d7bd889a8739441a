package format

import "testing"

func TestConditions(t *testing.T) {
	for _, test := range []testFile{
		{"short", "- macro: m\n  condition: a.b=c   and  d\n", "- macro: m\n  condition: a.b = c and d\n"},
		{"long", "- macro: m\n  condition: proc.name = nc and fd.name = x and eee\n",
			"- macro: m\n  condition: >\n    proc.name = nc\n    and fd.name = x\n    and eee\n"},
		{"fits only below the key", "- macro: m\n  condition: proc.name=nc and fd.name=/tmp/x\n",
			"- macro: m\n  condition: >\n    proc.name = nc and fd.name = /tmp/x\n"},
		{"cannot be broken", "- macro: m\n  condition: proc.name startswith \"a very long name\"\n", ""},
		{"on several lines", "- macro: m\n  condition: a\n    and\n    b\n", "- macro: m\n  condition: >\n    a\n    and b\n"},
		{"on the line below", "- macro: m\n  condition:\n    a  and b\n", "- macro: m\n  condition: a and b\n"},
		{"comment above", "- macro: m\n  condition:  # why\n    a  and b\n", ""},
		{"comment behind", "- macro: m\n  condition: a  and b # why\n", "- macro: m\n  condition: a and b # why\n"},
		{"long with a comment behind", "- macro: m\n  condition: proc.name = nc and fd.name = x and eee  # why \n",
			"- macro: m\n  condition: > # why\n    proc.name = nc\n    and fd.name = x\n    and eee\n"},
		{"indented comment below", "- macro: m\n  condition: proc.name = nc and fd.name = x and eee\n\n    # a comment\n", ""},
		{"comment below", "- macro: m\n  condition: proc.name = nc and fd.name = x and eee\n\n   # a comment\n",
			"- macro: m\n  condition: >\n    proc.name = nc\n    and fd.name = x\n    and eee\n\n   # a comment\n"},
		{"not plain", "- macro: m\n  condition: proc.name=#x\n- macro: n\n  condition: >\n    m and a.b = '- : x'\n",
			"- macro: m\n  condition: >\n    proc.name = #x\n- macro: n\n  condition: >\n    m and a.b = '- : x'\n"},
		{"single quotes", "- macro: m\n  condition: 'a.b=''c'' and d'\n", "- macro: m\n  condition: 'a.b = ''c'' and d'\n"},
		{"double quotes", "- macro: m\n  condition: \"a.b=\\\"c\\\\\\\\d\\\" and e\"\n", "- macro: m\n  condition: \"a.b = \\\"c\\\\\\\\d\\\" and e\"\n"},
		{"escapes that can stay", "- macro: m\n  condition: \"a.b = \\x63\"\n", ""},
		{"characters that need escapes", "- macro: m\n  condition: \"a.b='\\e'\"\n", ""},
		{"line breaks in quotes", "- macro: m\n  condition: |\n    a.b  = 'c\n    d'\n", ""},
		{"folded", "- macro: m\n  condition: >\n    a and\n     b\n", "- macro: m\n  condition: >\n    a\n    and b\n"},
		{"folded in one line", "- macro: m\n  condition: >\n     a  and b\n", "- macro: m\n  condition: >\n    a and b\n"},
		{"literal", "- macro: m\n  condition: |\n    a\n    and b\n", "- macro: m\n  condition: >\n    a\n    and b\n"},
		{"chomping and indentation", "- macro: m\n  condition: |2-\n       a\n      and b\n\n", "- macro: m\n  condition: >-\n    a\n    and b\n\n"},
		{"kept line breaks", "- macro: m\n  condition: >+   # why\n    a  and b\n\n\n- macro: n\n  condition: c\n",
			"- macro: m\n  condition: >+ # why\n    a and b\n\n\n- macro: n\n  condition: c\n"},
		{"empty lines and blanks", "- macro: m\n  condition: > \n\n    a  \n\n    and b \n\n- macro: n\n  condition: c\n",
			"- macro: m\n  condition: >\n    a\n    and b\n\n- macro: n\n  condition: c\n"},
		{"not a condition", "- macro: m\n  condition: a.b=c  and\n- macro: n\n  condition: [a,b]\n", ""},
		{"to append", "- macro: m\n  condition: or  a\n", "- macro: m\n  condition: or a\n"},
		{"twice", "- macro: m\n  condition: a.b=c\n  condition: d.e=f\n", "- macro: m\n  condition: a.b = c\n  condition: d.e = f\n"},
		{"question marks", "- macro: m\n  ? condition\n  : a.b=c\n", ""},
		{"first key", "- condition: a.b=c\n  # a comment\n  macro: m\n", "- condition: a.b = c\n  # a comment\n  macro: m\n"},
	} {
		test.run(t)
	}
}

func TestLists(t *testing.T) {
	for _, test := range []testFile{
		{"short", "- list: l\n  items: [ a,b ,\n    'c  d' ]\n", "- list: l\n  items: [a, b, 'c  d']\n"},
		{"long", "- list: l\n  items: [aaaaaaaaaa, bbbbbbbbbb, cccccccccc, ddddddd] # why\n",
			"- list: l\n  items: [\n    aaaaaaaaaa, bbbbbbbbbb, cccccccccc,\n    ddddddd\n    ] # why\n"},
		{"no room", "- list: l\n  items: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, b]\n",
			"- list: l\n  items: [\n    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n    b\n    ]\n"},
		{"comma at the end", "- list: l\n  items: [a,b,]\n", "- list: l\n  items: [a, b,]\n"},
		{"one item a line", "- list: l\n  items:\n    [\n      a,\n      b,\n    ]\n", "- list: l\n  items: [\n    a,\n    b,\n    ]\n"},
		{"items share lines", "- list: l\n  items: [\n    a, b,\n    c\n    ]\n", "- list: l\n  items: [a, b, c]\n"},
		{"dashes", "- list: l\n  items:\n  - a\n  -   b\n", ""},
		{"comments", "- list: l\n  items: [a,b, # why\n    c]\n", ""},
		{"items of several lines", "- list: l\n  items: [a,b\n    c]\n", ""},
		{"tags", "- rule: r\n  tags: [a,b]\n", "- rule: r\n  tags: [a, b]\n"},
		{"lists in lists", "- list: l\n  items: [a,[b,c]]\n", "- list: l\n  items: [a, [b,c]]\n"},
		{"other keys", "- rule: r\n  exceptions: [{name: x,fields: [a,b]}]\n", ""},
	} {
		test.run(t)
	}
}
