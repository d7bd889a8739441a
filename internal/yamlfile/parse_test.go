package yamlfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/internal/subtest"
)

// positions has texts and the line, column and offset at which Falco reports an error,
// if it does.
var positions = []struct{ text, place string }{
	{"- a: 1\n  b: [x, \"y\"]\n- c: |\n    text\n", ""},
	{"a: b: c\n", "0:4 4"},
	{"a: 'b: c'\n", ""},
	{"a: b\n  c: d\n", "1:3 8"},
	{"a: b\nc\nd: e\n", "2:1 8"},
	{"a: b\nc\n", ""},
	{"\ta: b\n", "0:2 2"},
	{"a:\n\tb: c\n", "1:2 5"},
	{"a: b\n\tc\n", "1:0 5"},
	{"a: |\n\ttext\n", "1:0 5"},
	{"a:\tb\n", ""},
	{"a: - b\n", "0:3 3"},
	{"- a\n  - b\n", ""},
	{"a: 1\n- b\n", "1:0 5"},
	{"a:\n- b\n- c\nd: e\n", ""},
	{"- a: 1\n   b: 2\n", "1:4 11"},
	{"- a: 1\n b: 2\n", "1:1 8"},
	{"- a\nb: c\n", ""},
	{"[a, b\n", "1:0 6"},
	{"[a\n---\n", "1:0 3"},
	{"[a, b}\n", "0:5 5"},
	{"a: b]\n]\n", "1:0 6"},
	{"]\n", "0:0 0"},
	{"[a b: c\n d]\n", ""},
	{"[- a]\n", "0:1 1"},
	{"[a\n, b]\n", "1:0 3"},
	{",a\n", "0:0 0"},
	{"\"a\", \"b\"\n", "0:3 3"},
	{"\"a\" b\n", "0:4 4"},
	{"[\"a\" \"b\"]\n", "0:5 5"},
	{"{a: b c: d}\n", "0:7 7"},
	{"{a: [b}\n", "0:6 6"},
	{"{a:b, \"c\":d}\n", ""},
	{"\"a", "0:2 2"},
	{"\"a\n", ""},
	{"\"a\n---\nb\"", "1:0 3"},
	{"\"a\\x6\"", "0:6 6"},
	{"\"\\xzz\"", "0:5 5"},
	{"\"\\ud800\"", "0:7 7"},
	{"\"\\Uffffffff\"", "0:11 11"},
	{"\"\\U", "0:11 11"},
	{"\"\\q\"", "0:3 3"},
	{"\"a\\n  b\"", ""},
	{"'it''s'\n", ""},
	{"a: @b\n", "0:3 3"},
	{"a: `b`\n", "0:3 3"},
	{"a: %b\n", "0:3 3"},
	{"%b\n", ""},
	{"[?a]", "0:1 1"},
	{"[|]", "0:1 1"},
	{"a: ? b\n", "0:3 3"},
	{"? a\n: b\n? c\n", ""},
	{"a: *b\n", "0:3 3"},
	{"- &b x\n- *b\n", ""},
	{"- &b x\n---\n- *b\n", "2:2 13"},
	{"& a\n", "0:1 1"},
	{"*\n", "0:1 1"},
	{"&a[\n", "0:2 2"},
	{"&a &b c\n", "0:3 3"},
	{"!a !b c\n", "0:3 3"},
	{"!<> !b c\n", ""},
	{"!<a b\n", "0:3 3"},
	{"!a%20b c\n", ""},
	{"!a.b!c d\n", "0:2 2"},
	{"!a!b c\n", ""},
	{"!a! c\n", "0:3 3"},
	{"a: |0\n", "0:5 5"},
	{"a: |2-\n   b\n  c\n", ""},
	{"a: |12\n", "0:5 5"},
	{"a: > b\n", "0:5 5"},
	{"a: | # c\n  b\n", ""},
	{"%YAML 1.2\n--- a\n", ""},
	{"%YAML 2.0\n--- a\n", "0:0 0"},
	{"%YAML\n--- a\n", "0:0 0"},
	{"%YAML 1.2 # c\n%YAML 1.2\n--- a\n", "1:0 14"},
	{"%YAML 1.x\n--- a\n", "0:0 0"},
	{"%TAG ! a\n%TAG ! b\n--- c\n", "1:0 9"},
	{"%TAG !\n--- c\n", "0:0 0"},
	{"---\n---\n]\n", ""},
	{"--- ~\n--- @\n", ""},
	{"--- null # c\n\n--- @\n", ""},
	{"--- \"~\"\n--- @\n", "1:4 12"},
	{"--- !t\n--- @\n", "1:4 11"},
	{"a\n...\n@\n", "2:0 6"},
	{"é: b: c\n", "0:5 5"},
	{"a: 1\r\nb: c: d\r\n", "1:4 10"},
	{"a: 1\rb: c: d\r", "1:4 9"},
	{"a: 1\r\n\rb: c: d\n", "1:2 8"},
	{"a\x00: b", ""},
	{"a \x00n: b: c", "1:1 4"},
	{"a: b\x04", ""},
	{"a: \"b\x04", "0:6 6"},
	{"\xff: \xfe\n", ""},
	{"\xef\xbb\xbfa: b: c", "0:4 4"},
	{"\xef\xbba: b: c", "0:6 6"},
	{"\xfe\xff\x00a\x00:\x00 \x00b\x00:\x00 \x00c", "0:4 4"},
	{"\xff\xfea\x00:\x00 \x00b\x00:\x00 \x00c\x00", "0:4 4"},
	{"a\x00:\x00 \x00b\x00:\x00 \x00c\x00", "0:4 4"},
	{"\x00a\x00:\x00 \x00]", "0:3 3"},
	{"\xff\xfe\x00\x00a\x00\x00\x00:\x00\x00\x00 \x00\x00\x00]\x00\x00\x00", "0:3 3"},
	{"\x00\x00\xfe\xff\x00\x00\x00a\x00\x00\x00:\x00\x00\x00 \x00\x00\x00]", "0:3 3"},
	{"\xff\xfe=\xd8\x00\xde:\x00 \x00]\x00", "0:6 6"},
	{"\xff\xfe=\xd8:\x00 \x00]\x00]\x00", ""},
}

func check(text string) *diag.Diagnostic {
	_, _, err := Parse(string(Decode([]byte(text))))
	return err
}

func place(err *diag.Diagnostic) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%d:%d %d", err.Range.Start.Line-1, err.Range.Start.Column-1, err.Range.Start.Offset)
}

func TestPositions(t *testing.T) {
	for _, tt := range positions {
		t.Run(subtest.Name(tt.text), func(t *testing.T) {
			if err := check(tt.text); place(err) != tt.place {
				t.Errorf("%q: got %q, want %q (%v)", tt.text, place(err), tt.place, err)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	for text, want := range map[string]string{
		"a: b: c\n":         "quote values that contain a colon and a space",
		"a: b\n\tc: d\n":    "use spaces",
		"\ta: b\n":          "use spaces",
		"a:b\nc: d\n":       "the value that begins on line 1, column 1",
		"- {a: [b]\n- c\n":  "unexpected list item inside the '{' on line 1, column 3",
		"a:\n\t- b\n":       "use spaces",
		"a: - b\n":          "begin it on the next line",
		"- a: 1\n- \"b\" c": "put the whole value in one pair of quotes",
		"a: @b\n":           "cannot begin with '@': quote it",
		"x:\n\na: [b\n":     "the [ on line 3, column 4 is not closed",
		"a: \"b":            "the quote on line 1, column 4 is not closed",
		"a: {b: [c}":        "unexpected '}': close the '[' on line 1, column 8 first",
		"a: *b":             "undefined anchor \"b\"",
		"a: |x\n":           "unexpected text after |: begin a block scalar on the next line",
		"- a: 1\n b: 2\n":   "or indent the line like the one it belongs to",
		"a: b\n- c: d\n":    "expected a key of the mapping that begins on line 1, found a list item",
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			err := check(text)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %v, want %q", text, err, want)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	for _, p := range []struct{ open, close string }{{"[", "]"}, {"{a: ", "}"}, {"- ", ""}, {"? ", ""}} {
		t.Run(subtest.Name(p.open), func(t *testing.T) {
			nested := func(n int) *diag.Diagnostic {
				return check(strings.Repeat(p.open, n) + strings.Repeat(p.close, n))
			}
			if err := nested(maxDepth - 1); err != nil {
				t.Errorf("%q: %v", p.open, err)
			}
			if err := nested(maxDepth + 1); err == nil || !strings.Contains(err.Message, "nested more than") {
				t.Errorf("%q: %v", p.open, err)
			}
		})
	}
}

// TestTime checks that parsing repetitive text takes linear time.
func TestTime(t *testing.T) {
	const length = 1 << 12
	for _, part := range []string{
		"[", "]", "{", "[]", "[{", "- ", "-\n", "? ", "? a\n", ": ", "a: ", "a: [", "'", "''", "\"\n", "\\", "&a ", "*a ", "!a ",
		"!", "!<", "#", " ", "\t", "\n", "\r", " \n", ",", "[a\n---\n", "---\n", "--- a\n", "...\n", "%a\n", "%TAG a b\n", "|\n", "a\n", "\x00", "\x04", "[a: b,",
	} {
		for _, start := range []string{"", "a: |\n ", "[", "\"", "- &a b\n"} {
			t.Run(fmt.Sprintf("%q and %q", start, part), func(t *testing.T) {
				growth.Linear(t, length/len(part), func(n int) { check(start + strings.Repeat(part, n)) })
			})
		}
	}
}

// maxMessage is the maximum length of a message. It quotes up to 60 characters, each
// escaped with up to ten bytes.
const maxMessage = 60*len(`\U0010ffff`) + 200

func FuzzParse(f *testing.F) {
	for _, tt := range positions {
		f.Add([]byte(tt.text))
	}
	f.Add([]byte("*" + strings.Repeat("日", 400)))
	f.Add([]byte("%YAML " + strings.Repeat("\U000e0001", 400)))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(Decode(data))
		docs, _, err := Parse(text)
		if err == nil {
			starts := Lines(text)
			for _, doc := range docs {
				checkPositions(t, doc, starts, len(text))
			}
			checkSpelling(t, text, docs)
			return
		}
		// An escape sequence that is cut off ends up to nine bytes after the text.
		end := len(text) + 9
		if p := err.Range.Start; p.Line < 1 || p.Column < 1 || p.Offset < 0 || p.Offset > end || p.Line > p.Offset+1 || p.Column > p.Offset+1 {
			t.Errorf("place %s in a text of %d bytes", place(err), len(data))
		}
		if err.Message == "" || len(err.Message) > maxMessage {
			t.Errorf("message %q", err.Message)
		}
	})
}

// checkPositions checks that nodes lie in the text.
func checkPositions(t *testing.T, n *Node, starts []int, length int) {
	for _, p := range []diag.Pos{n.Start} {
		if p.Line < 1 || p.Line > len(starts) || p.Column < 1 || p.Offset > length || starts[p.Line-1]+p.Column-1 != p.Offset {
			t.Errorf("%v, offset %d, in a text of %d lines and %d bytes", p, p.Offset, len(starts), length)
		}
	}
	for _, child := range n.Content {
		checkPositions(t, child, starts, length)
	}
}

func BenchmarkParse(b *testing.B) {
	text := strings.Repeat(`- rule: A shell was started
  desc: >
    A text in several lines,
    as rules have them.
  condition: spawned_process and container and proc.name in (shells) and not user.name = "root"
  output: Shell (user=%user.name command="%proc.cmdline" file=%fd.name)
  priority: NOTICE
  tags: [container, "shell", mitre_execution] # a comment

`, 150)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
