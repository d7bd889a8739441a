package yamlfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/internal/subtest"
)

// parts returns the segments of the first scalar that is not a key as "value=text", with
// the text between them.
func parts(text string, n *Node) []string {
	var out []string
	at := n.Body()
	for _, s := range n.Segments(text) {
		if s.Text > at {
			out = append(out, text[at:s.Text])
		}
		part := n.Value[s.Value:s.ValueEnd]
		if spelled := text[s.Text:s.TextEnd]; spelled != part {
			part += "=" + spelled
		}
		out = append(out, part)
		at = s.TextEnd
	}
	return out
}

func TestSegments(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"- a b\n", []string{"a b"}},
		{"- &x !y a b\n", []string{"a b"}},
		{"- a\n  b\n", []string{"a", "\n  ", "b"}},
		{"- a \n\n  b\n", []string{"a", " \n\n  ", "b"}},
		{"- 'a b'\n", []string{"'", "a b"}},
		{"- 'it''s'\n", []string{"'", "it", "'=''", "s"}},
		{"- \"a\\tb\\u00e9\"\n", []string{`"`, "a", "\t=\\t", "b", "é=\\u00e9"}},
		{"- \"a\\\n  b\"\n", []string{`"`, "a", "\\\n  ", "b"}},
		{"- >\n  a\n  b\n", []string{">\n  ", "a", "\n  ", "b"}},
		{"- > # c\n    a\n      b\n\n    c\n", []string{"> # c\n    ", "a", "\n    ", "  b", "\n\n    ", "c"}},
		{"- |\n  a\n   b\n", []string{"|\n  ", "a", "\n  ", " b"}},
		{"- |2-\n   a\n", []string{"|2-\n  ", " a"}},
		{"- |\r\n  a\r\n  b\r\n", []string{"|\r\n  ", "a", "\r\n  ", "b"}},
		{"- ''\n", nil},
		{"- [a b, c]\n", []string{"a b"}},
		{"- {k: a\n b}\n", []string{"a", "\n ", "b"}},
		{"- |+\n\n", nil},
	} {
		t.Run(subtest.Name(test.text), func(t *testing.T) {
			docs, _, err := Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			n := docs[0].Content[0]
			for len(n.Content) > 0 {
				n = n.Content[min(len(n.Content)-1, int(n.Kind-Sequence))]
			}
			if diff := cmp.Diff(test.want, parts(test.text, n)); diff != "" {
				t.Errorf("segments of %q (-want +got):\n%s", n.Value, diff)
			}
		})
	}
}

// checkSpelling checks the segments of all scalars of a text, and scans them again.
func checkSpelling(t *testing.T, text string, docs []*Node) {
	seen := map[*Node]bool{}
	var visit func(n *Node)
	visit = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, child := range n.Content {
			visit(child)
		}
		if n.Kind != Scalar || n.Value == "" {
			return
		}
		value, at := 0, n.Body()
		for _, s := range n.Segments(text) {
			gap, spelled := text[at:s.Text], n.Value[value:s.Value]
			if strings.Trim(spelled, " \n") != "" || at > n.Body() && strings.Trim(gap, " \t\r\n\\") != "" {
				t.Errorf("%q at %v: %q between segments means %q", n.Value, n.Start, gap, spelled)
			}
			if !s.Escape && text[s.Text:s.TextEnd] != n.Value[s.Value:s.ValueEnd] || s.Value >= s.ValueEnd || s.Text < at {
				t.Errorf("%q at %v: segment %v after %d", n.Value, n.Start, s, at)
			}
			value, at = s.ValueEnd, s.TextEnd
		}
		if rest := n.Value[value:]; strings.Trim(rest, " \n") != "" {
			t.Errorf("%q at %v: %q is in no segment", n.Value, n.Start, rest)
		}
		again, next, ok := n.Rescan(text, n.Body())
		if !ok || again.Value != n.Value || next < n.End.Offset || again.Style != n.Style&^Tagged {
			t.Errorf("%q at %v is scanned again as %+v, %d, %v", n.Value, n.Start, again, next, ok)
		}
	}
	for _, doc := range docs {
		visit(doc)
	}
}

func TestSpellingOfFiles(t *testing.T) {
	var texts []string
	for _, p := range positions {
		texts = append(texts, p.text)
	}
	files, _ := filepath.Glob("../../loader/testdata/*/*.yaml")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(Decode(data)))
	}
	for _, text := range texts {
		if docs, _, err := Parse(text); err == nil {
			checkSpelling(t, text, docs)
		}
		if docs, err := read(text); err == nil {
			checkSpelling(t, text, docs)
		}
	}
}

func TestComments(t *testing.T) {
	text := "# one\n- a: b # two\n  c: >  # three\n    # text\n\n  d: '# text'\n  e: [x, # four\n    y]\n#five"
	var got []string
	for _, c := range Comments(text) {
		got = append(got, text[c.Start.Offset:c.End.Offset])
	}
	if want := []string{"# one", "# two", "# three", "# four", "#five"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
