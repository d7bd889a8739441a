package quote

import (
	"strings"
	"testing"
)

func TestYAML(t *testing.T) {
	for text, want := range map[string]string{
		"":                   `""`,
		`a "b" \c`:           `"a \"b\" \\c"`,
		"ä\n\x00\x7f":        `"ä\U0000000A\U00000000\U0000007F"`,
		"a\xe9b\u2028\ufffd": "\"a\xe9b\\U00002028\ufffd\"",
	} {
		if got := YAML(text); got != want {
			t.Errorf("YAML(%q) is %s, want %s", text, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	const sixty = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh"
	for _, test := range []struct{ text, name, quoted string }{
		{"proc.name", `proc.name`, `"proc.name"`},
		{"", ``, `""`},
		{"ä b", `ä b`, `"ä b"`},
		{"a\x1b[31m\nb", `"a\x1b[31m\nb"`, `"a\x1b[31m\nb"`},
		{"a\u009bb\u202ec", `"a\u009bb\u202ec"`, `"a\u009bb\u202ec"`},
		{"a\xffb", `"a\xffb"`, `"a\xffb"`},
		{sixty, sixty, `"` + sixty + `"`},
		{sixty + "i", sixty + "…", `"` + sixty + `"…`},
		{strings.Repeat("ä", 200_000), strings.Repeat("ä", 60) + "…", `"` + strings.Repeat("ä", 60) + `"…`},
	} {
		if got := Name(test.text); got != test.name {
			t.Errorf("Name(%.70q) = %s", test.text, got)
		}
		if got := Text(test.text); got != test.quoted {
			t.Errorf("Text(%.70q) = %s", test.text, got)
		}
	}
}
