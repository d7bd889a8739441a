package diag

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWriteText(t *testing.T) {
	for _, test := range []struct {
		name    string
		d       Diagnostic
		options TextOptions
		want    string
	}{
		{"bare", Diagnostic{Message: "wrong"}, TextOptions{}, "error: wrong\n"},
		{
			"full",
			Diagnostic{
				Code: "CODE", Severity: Warning, Message: "undefined\nmacro", Hint: "define it", Line: "  a and b",
				Range:   Range{File: "a.yaml", Start: Pos{8, 2, 9}, End: Pos{9, 2, 10}},
				Within:  []Item{{"rule", "R \"1\""}},
				Related: []Related{{Range{File: "b.yaml"}, "other file"}},
			},
			TextOptions{},
			"a.yaml:2:9: warning: CODE: undefined macro\n" +
				"    in rule \"R \\\"1\\\"\"\n" +
				"      a and b\n" +
				"            ^\n" +
				"    b.yaml: other file\n" +
				"    hint: define it\n",
		},
		{
			"several lines",
			Diagnostic{Message: "open", Line: "a: [b  ", Range: Range{Start: Pos{3, 1, 4}, End: Pos{9, 2, 1}}},
			TextOptions{},
			"1:4: error: open\n    a: [b  \n       ^~\n",
		},
		{
			"hostile",
			Diagnostic{Message: "\x1b[2J", Range: Range{File: "\x1b]0;x\a"}, Within: []Item{{"rule", "\x1b"}}},
			TextOptions{},
			"\uFFFD]0;x\uFFFD: error: \uFFFD[2J\n    in rule \"\\x1b\"\n",
		},
		{
			"unknown severity",
			Diagnostic{Severity: 7, Message: "odd"},
			TextOptions{Color: true},
			"\x1b[1;36mseverity 7\x1b[0m: odd\n",
		},
		{
			"color",
			Diagnostic{Message: "wrong", Hint: "h", Line: "ab", Range: Range{File: "f", Start: Pos{1, 1, 2}, End: Pos{2, 1, 3}}},
			TextOptions{Color: true},
			"\x1b[1mf:1:2: \x1b[0m\x1b[1;31merror\x1b[0m: wrong\n    ab\n\x1b[1;32m     ^\x1b[0m\n    \x1b[1;36mhint:\x1b[0m h\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			if err := WriteText(&b, List{&test.d}, test.options); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

func TestTextGolden(t *testing.T) {
	write := func(w io.Writer, list List) error { return WriteText(w, list, TextOptions{}) }
	testFormat(t, "text", write, func(t *testing.T, _ List, out []byte) string {
		if !utf8.Valid(out) || bytes.ContainsAny(out, "\r\x1b") {
			t.Error("the output can control a terminal")
		}
		return string(out)
	})
}
