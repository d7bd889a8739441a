package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/subtest"
)

// form returns a tree in one line, with the tags.
func form(n *Node) string {
	var parts []string
	for _, child := range n.Content {
		parts = append(parts, form(child))
	}
	out := ""
	if n.Anchor != "" {
		out = "&" + n.Anchor + " "
	}
	switch n.Kind {
	case Alias:
		return "*" + n.Value
	case Scalar:
		return out + n.ShortTag() + " " + fmt.Sprintf("%q", n.Value)
	}
	return out + n.ShortTag() + " [" + strings.Join(parts, ", ") + "]"
}

func forms(docs []*Node) string {
	var out []string
	for _, doc := range docs {
		out = append(out, form(doc))
	}
	return strings.Join(out, " | ")
}

func TestRead(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"tags that follow from values", "[a, 1, 0x1F, 1.5, .inf, true, ~, null, 2020-01-02, yes, 1_0, 0o7, <<]",
			`!!seq [!!str "a", !!int "1", !!int "0x1F", !!float "1.5", !!float ".inf", !!bool "true", !!null "~", !!null "null", !!timestamp "2020-01-02", !!str "yes", !!int "1_0", !!int "0o7", !!merge "<<"]`},
		{"quoted values", `['1', "~", '']`, `!!seq [!!str "1", !!str "~", !!str ""]`},
		{"block texts", "- |\n  1\n- >-\n  ~\n", `!!seq [!!str "1\n", !!str "~"]`},
		{"written tags", "[!!str 1, !!binary eA==, !local x, ! 1, !<tag:yaml.org,2002:float> 1, !!null x, !!str ]",
			`!!seq [!!str "1", !!binary "eA==", !local "x", !!int "1", !!float "1", !!null "x", !!str ""]`},
		{"declared tags", "%TAG !e! tag:yaml.org,2002:\n--- !e!st%72 1", `!!str "1"`},
		{"tags of collections", "!!set {a: !!omap [b]}", `!!set [!!str "a", !!omap [!!str "b"]]`},
		{"anchors and aliases", "- &a [x]\n- *a", `!!seq [&a !!seq [!!str "x"], *a]`},
		{"documents", "a\n---\n...\n---\n~\n--- # c\n- b\n...\nc", `!!str "a" | !!seq [!!str "b"] | !!str "c"`},
		{"escape sequences", `"\N\_\x41\u00e9"`, `!!str "\u0085\u00a0Aé"`},
		{"multi-line text after a tag", "- !!str a\n  b\n- &a |\n  c\n", `!!seq [!!str "a b", &a !!str "c\n"]`},
		{"a key without value before a line break", "{a: b, c\n}", `!!map [!!str "a", !!str "b", !!str "c", !!null ""]`},
		{"an explicit key that is empty", "? \n: a", `!!map [!!null "", !!str "a"]`},
		{"folded text before spaces", ">\n  a\n  ", `!!str "a\n"`},
		{"line breaks in quotes", "['a\n\n\n  ', \"\n\n\"]", `!!seq [!!str "a\n\n", !!str "\n"]`},
		{"folded line breaks kept", "a: >+\n  b\n\nc: d", `!!map [!!str "a", !!str "b\n\n", !!str "c", !!str "d"]`},
		{"UTF-16", "\xff\xfe\xe9\x00:\x00 \x00a\x00", `!!map [!!str "é", !!str "a"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			docs, err := Read([]byte(tt.text))
			if got := forms(docs); got != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	for _, tt := range []struct{ name, text, docs, want string }{
		{"after a document", "a: b\n---\n[", `!!map [!!str "a", !!str "b"]`, "3:1: the [ on line 3, column 1 is not closed"},
		{"a second value", "- a\nb: c", `!!seq [!!str "a"]`, "2:1: unexpected text after the document"},
		{"a key without colon", "a: b\nc\n", "", "2:1: expected a key of the mapping that begins on line 1, column 1"},
		{"an open quote", "a: \"b\n", "", "1:4: the quote on line 1, column 4 is not closed"},
		{"an unknown handle", "!e!str a", "", "1:1: undefined tag handle !e!: define it with %TAG"},
		{"a directive alone", "%YAML 1.2\na", "", "2:1: missing --- after the lines"},
		{"a control character", "a: é\x01\n", "", "1:6: invalid character U+0001"},
		{"bytes that are not UTF-8", "a:\n b: \xff\n", "", "2:5: byte 0xFF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			docs, err := Read([]byte(tt.text))
			if got := forms(docs); got != tt.docs {
				t.Errorf("got %s, want %s", got, tt.docs)
			}
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestRanges(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain texts", "é: b c  # d\n", "[é: b c] [é] [b c]"},
		{"quoted texts", "['a''b', \"c\\\"\"]\n", `[['a''b', "c\""]] ['a''b'] ["c\""]`},
		{"texts of several lines", "- a\n  b \n\n- \"c\n  d\" \n", `[- a` + "\n" + `  b \n\n- "c\n  d"] [a\n  b] ["c\n  d"]`},
		{"block texts", "a: |  # c\n  b\n\n  c\n\nd: >-\n\n", `[a: |  # c\n  b\n\n  c\n\nd: >-] [a] [|  # c\n  b\n\n  c] [d] [>-]`},
		{"brackets", "{a: [b, c ] , d}\n", "[{a: [b, c ] , d}] [a] [[b, c ]] [b] [c] [d] []"},
		{"anchors and tags", "- &a !!str b\n- *a\n- &c\n- !t\n", "[- &a !!str b\n- *a\n- &c\n- !t] [&a !!str b] [*a] [&c] [!t]"},
		{"nulls", "a:\nb: # c\n", "[a:\nb:] [a] [] [b] []"},
		{"line ends", "a: b\r\nc: d\re: f\n", "[a: b\r\nc: d\re: f] [a] [b] [c] [d] [e] [f]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			docs, err := Read([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			var visit func(n *Node)
			visit = func(n *Node) {
				got = append(got, "["+tt.text[n.Start.Offset:n.End.Offset]+"]")
				checkRange(t, tt.text, n)
				for _, child := range n.Content {
					visit(child)
				}
			}
			visit(docs[0])
			if want := strings.ReplaceAll(tt.want, `\n`, "\n"); strings.Join(got, " ") != want {
				t.Errorf("got  %q\nwant %q", strings.Join(got, " "), want)
			}
		})
	}
}

// checkRange checks that a node is inside the text and contains its children.
func checkRange(t *testing.T, text string, n *Node) {
	t.Helper()
	for _, p := range []diag.Pos{n.Start, n.End} {
		before := text[:min(p.Offset, len(text))]
		breaks := strings.Count(before, "\n") + strings.Count(before, "\r") - strings.Count(before, "\r\n")
		if p.Offset > len(text) || p.Line != breaks+1 || p.Column != p.Offset-strings.LastIndexAny(before, "\r\n") {
			t.Errorf("%q: position %v, offset %d", text, p, p.Offset)
		}
	}
	if n.End.Offset < n.Start.Offset {
		t.Errorf("%q: %v ends at %v", text, n.Start, n.End)
	}
	for _, child := range n.Content {
		if child.Start.Offset < n.Start.Offset || child.End.Offset > n.End.Offset {
			t.Errorf("%q: %v to %v is not in %v to %v", text, child.Start, child.End, n.Start, n.End)
		}
	}
}

// ofYAML returns the tree that package yaml reads, and whether it accepts the text.
func ofYAML(text string) (string, bool) {
	var docs []*Node
	for dec := yaml.NewDecoder(bytes.NewReader([]byte(text))); ; {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return forms(docs), true
		case err != nil:
			return "", false
		case len(doc.Content) > 0:
			if n := nodeOf(doc.Content[0]); !n.IsNull() {
				docs = append(docs, n)
			}
		}
	}
}

func nodeOf(n *yaml.Node) *Node {
	out := &Node{Value: n.Value, Anchor: n.Anchor, Tag: n.ShortTag()}
	for ours, theirs := range kinds {
		if n.Kind == theirs {
			out.Kind = ours
		}
	}
	for _, child := range n.Content {
		out.Content = append(out.Content, nodeOf(child))
	}
	return out
}

// differs matches text that package yaml reads differently: a colon before a bracket,
// which ends a key here, and anchor names that are not words.
var differs = regexp.MustCompile(`:[]},]|[&*][\w-]*[^\w\s-]`)

// checkRead reads a text and compares the trees with those of package yaml, if
// both read it.
func checkRead(t *testing.T, text string) {
	docs, err := Read([]byte(text))
	if err != nil {
		if err.Range.Start.Line < 1 || err.Range.Start.Column < 1 || err.Message == "" {
			t.Errorf("%q: %v", text, err)
		}
		return
	}
	decoded := string(Decode([]byte(text)))
	var visit func(n *Node)
	visit = func(n *Node) {
		checkRange(t, decoded, n)
		for _, child := range n.Content {
			visit(child)
		}
	}
	for _, doc := range docs {
		visit(doc)
	}
	if !utf8.ValidString(text) || differs.MatchString(text) {
		return
	}
	if want, ok := ofYAML(text); ok && forms(docs) != want {
		t.Errorf("%q:\n got %s\nwant %s", text, forms(docs), want)
	}
}

// pieces are the parts of random texts.
var pieces = []string{
	"a", "b", "c1", ": ", ":", "- ", "-", "\n", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "[", "]", "{", "}", ", ", ",", "'", "\"", "x y",
	"#", " # c", "&a ", "*a", "!!str ", "!!int ", "!t ", "!!binary ", "<<: ", "~", "null", "true", "1", "0x1f", "1.5", "2020-01-02",
	"2020-01-02T03:04:05Z", "|", ">", "|-", ">+", "|2", "\n   ", "\n ", "  ", " ", "\t", "---", "\n---\n", "\n...\n", "? ", "\\", "\\n",
	"\\x41", "é", "''", "\r\n", "\r", "%TAG !e! tag:yaml.org,2002:\n", "!e!str ", "!<tag:yaml.org,2002:int> ", "key: value", "\na: b",
	"\nc: d", "\n  e: f", "k: |\n  text\n", "k: >\n  text\n  more\n\n  x\n", ".inf", "yes", "1_000", "0o7", "[a, b]", "{a: b}", "\"q\"",
	"'s'", ": [", "a: {",
}

// TestReadAsYAML compares the trees of random texts with those of package yaml.
func TestReadAsYAML(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var text strings.Builder
		for range 1 + r.IntN(9) {
			text.WriteString(pieces[r.IntN(len(pieces))])
		}
		checkRead(t, text.String())
	}
}

// TestReadFiles compares the trees of the files of this project with those of
// package yaml.
func TestReadFiles(t *testing.T) {
	for _, pattern := range []string{"../../examples/*/*.yaml", "../../ruletest/testdata/*/*.yaml", "../../psp/testdata/*.yaml"} {
		t.Run(subtest.Name(pattern), func(t *testing.T) {
			paths, err := filepath.Glob(pattern)
			if err != nil || len(paths) == 0 {
				t.Errorf("%s: no files, %v", pattern, err)
			}
			for _, path := range paths {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				checkRead(t, string(text))
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for i := range pieces {
		f.Add(strings.Join(pieces[i:min(i+5, len(pieces))], ""))
	}
	f.Fuzz(checkRead)
}
