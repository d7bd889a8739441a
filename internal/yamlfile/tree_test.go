package yamlfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

// tree formats a node on one line: nulls as ~, with ! before nodes that have a tag.
func tree(n *Node) string {
	mark := ""
	if n.Style&Tagged != 0 {
		mark = "!"
	}
	var parts []string
	for _, child := range n.Content {
		parts = append(parts, tree(child))
	}
	switch {
	case n.Kind == Alias:
		return "*" + n.Value
	case n.Kind == Sequence:
		return mark + "[" + strings.Join(parts, " ") + "]"
	case n.Kind == Mapping:
		return mark + "{" + strings.Join(parts, " ") + "}"
	case n.Tag == Null:
		return mark + "~"
	}
	return fmt.Sprintf("%s%q", mark, n.Value)
}

func trees(t *testing.T, text string) string {
	t.Helper()
	docs, _, err := Parse(text)
	if err != nil {
		t.Errorf("%q: %v", text, err)
	}
	var out []string
	for _, doc := range docs {
		out = append(out, tree(doc))
	}
	return strings.Join(out, " | ")
}

func TestTrees(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"- a: 1\n  b: [x, \"y\", ~]\n", `[{"a" "1" "b" ["x" "y" ~]}]`},
		{"%YAML 1.2\n---\na\n", `"a"`},
		{"%FOO bar\n---\na\n", `"a"`},
		{"a\n...\nb\n", `"a" | "b"`},
		{"- a\nb: c\n", `["a"] | {"b" "c"}`},
		{" - a\n- b\n", `["a"] | ["b"]`},
		{"!e!x y\n", `!"y"`},
		{"[a: b, :c, d:]\n", `[{"a" "b"} ":c" {"d" ~}]`},
		{"[a,]\n", `["a"]`},
		{"[,]", `[~]`},
		{"[a,,b]\n", `["a" ~ "b"]`},
		{"[? a, : b]\n", `[{"a" ~} {~ "b"}]`},
		{"{a, b: c, d:}\n", `{"a" ~ "b" "c" "d" ~}`},
		{"- :\n", `[{~ ~}]`},
		{"? a\n", `{"a" ~}`},
		{"? a\n: b\n? c\nd: e\n", `{"a" "b" "c" ~ "d" "e"}`},
		{"a: b\nc\n", `{"a" "b" "c" ~}`},
		{"a: !\n", `{"a" !""}`},
		{"a: ! x\n", `{"a" !"x"}`},
		{"a: !!null ~\n", `{"a" !"~"}`},
		{"a: !<?> ~\n", `{"a" ~}`},
		{"a: '~'\n", `{"a" "~"}`},
		{"a: null\nb: Null\nc: NULL\nd: nULL\n", `{"a" ~ "b" ~ "c" ~ "d" "nULL"}`},
		{"- &a [x]\n- *a\n", `[["x"] *a]`},
		{"&a\"b: c\n", `"c"`},
		{"a: 1\na: 2\n", `{"a" "1" "a" "2"}`},
		{"a\n--- ~\n--- b\n", `"a"`},
		{"a\n---\n--- b\n", `"a"`},
		{"!t [a]\n", `!["a"]`},
		{"- - a\n  - b\n-\n  - c\n", `[["a" "b"] ["c"]]`},
		{"\"a\n", `"a "`},
	} {
		t.Run(subtest.Name(tt.text), func(t *testing.T) {
			if got := trees(t, tt.text); got != tt.want {
				t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestScalars(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"a b\n", "a b"},
		{"a  b\n  c\n\n  d  \n\n\n", "a  b c\nd"},
		{"a #b\n", "a"},
		{"a#b\n", "a#b"},
		{"a\tb \t\n", "a\tb"},
		{"a\x00n b\n", "a\n b"},
		{"\"a\\/b\"\n", "a/b"},
		{"\"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\ \\\"\\\\\"\n", "\x00\a\b\t\n\v\f\r\x1b \"\\"},
		{"\"\\N\\_\"\n", "\x85\xa0"},
		{"\"\\L\\P\"\n", "\u2028\u2029"},
		{"\"\\x41\\u00e9\\U0001F600\"\n", "Aé😀"},
		{"\"a \\\n  b\"\n", "a b"},
		{"\"a \\n \n  b\"\n", "a \n b"},
		{"\"a\n\n\n  b\"\n", "a\n\nb"},
		{"'it''s'\n", "it's"},
		{"'a\n  b'\n", "a b"},
		{"'x\n\n\n    '\n", "x\n"},
		{"'  a '\n", "  a "},
		{"\"\\n\n\n\n\"\n", "\n\n\n"},
		{"\"a\n", "a "},
		{"|\n a\n  b\n\n", "a\n b\n"},
		{"|-\n a\n\n", "a"},
		{"|+\n a\n\n", "a\n\n"},
		{"|2\n   a\n  b\n", " a\nb\n"},
		{"|2-\n   a\n\n", " a"},
		{"|\n  \ta\n  b\n", "\ta\nb\n"},
		{"|\n\n  a\n", "\na\n"},
		{"| # c\n  # a\n", "# a\n"},
		{">\n a\n b\n\n c\n", "a b\nc\n"},
		{">\n a\n  b\n c\n", "a\n b\nc\n"},
		{">-\n\n a\n\n\n b\n\n", "\na\n\nb"},
		{">+\n a\n\n", "a\n"},
		{">\n a\n\n  b\n\n c\n", "a\n\n b\n\nc\n"},
		{"|\n a\r\n b\r\n", "a\nb\n"},
		{"a\rb\r", "a b"},
		{"|\n a\x00x41\n", "aA\n"},
		{"\xff\xfe\n", "\xff\xfe"},
	} {
		t.Run(subtest.Name(tt.text), func(t *testing.T) {
			docs, _, err := Parse(tt.text)
			if err != nil || len(docs) != 1 || docs[0].Kind != Scalar {
				t.Errorf("%q: %v, %v", tt.text, docs, err)
			} else if docs[0].Value != tt.want {
				t.Errorf("%q: got %q, want %q", tt.text, docs[0].Value, tt.want)
			}
		})
	}
}

// TestNulls checks both positions of nulls: where they belong, and Falco's.
func TestNulls(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"a:\nb: ~\n", "1:3 1:0+3, 2:4"},
		{"a:", "1:3 0:0+2"},
		{"a: # c\n", "1:3 1:0+7"},
		{"-\n- # c\n\n  # d\n- a\n", "1:2 1:0+2, 2:2 4:0+15"},
		{"- ", "1:2 0:0+2"},
		{"- a:\n  ", "1:5 1:0+7"},
		{"{a, b}\n", "1:3 0:2+2, 1:6 0:5+5"},
		{"[a: , : b]\n", "1:4 0:4+4, 1:7 0:6+6"},
		{"a: &x\nb: c\n", "1:4"},
		{"? a\n", "1:4 0:0+0"},
		{"a: b\nc\n", "2:2 1:0+5"},
	} {
		t.Run(subtest.Name(tt.text), func(t *testing.T) {
			docs, nulls, err := Parse(tt.text)
			if err != nil {
				t.Errorf("%q: %v", tt.text, err)
				return
			}
			var got []string
			var walk func(n *Node)
			walk = func(n *Node) {
				if n.Tag == Null {
					place := fmt.Sprintf("%d:%d", n.Start.Line, n.Start.Column)
					if p, ok := nulls[n]; ok {
						place += fmt.Sprintf(" %d:%d+%d", p.Line-1, p.Column-1, p.Offset)
					}
					got = append(got, place)
				}
				for _, child := range n.Content {
					walk(child)
				}
			}
			for _, doc := range docs {
				walk(doc)
			}
			if got := strings.Join(got, ", "); got != tt.want {
				t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

// TestAliases parses nodes that contain themselves.
func TestAliases(t *testing.T) {
	docs, _, err := Parse("- &a [*a]\n- &b x\n- &b y\n- *b\n")
	if err != nil {
		t.Fatal(err)
	}
	items := docs[0].Content
	if items[0].Content[0].Alias != items[0] || items[3].Alias != items[2] {
		t.Errorf("got %s", tree(docs[0]))
	}
}

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []int
	}{
		{"", []int{0}},
		{"a\nb", []int{0, 2}},
		{"a\r\nb\rc\n", []int{0, 3, 7}},
		{"a\rb\nc\r", []int{0, 2, 6}},
		{"a\x00b\n\x00c", []int{0, 2, 4}},
	} {
		t.Run(subtest.Name(tt.text), func(t *testing.T) {
			if got := Lines(tt.text); fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("%q: got %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}
