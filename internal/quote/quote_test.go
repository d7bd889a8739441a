package quote

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/falcorules/falcorules/internal/subtest"
)

func TestYAML(t *testing.T) {
	for text, want := range map[string]string{
		"":                   `""`,
		`a "b" \c`:           `"a \"b\" \\c"`,
		"ä\n\x00\x7f":        `"ä\U0000000A\U00000000\U0000007F"`,
		"a\xe9b\u2028\ufffd": "\"a\xe9b\\U00002028\ufffd\"",
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if got := YAML(text); got != want {
				t.Errorf("YAML(%q) is %s, want %s", text, got, want)
			}
		})
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
		t.Run(test.name, func(t *testing.T) {
			if got := Name(test.text); got != test.name {
				t.Errorf("Name(%.70q) = %s", test.text, got)
			}
			if got := Text(test.text); got != test.quoted {
				t.Errorf("Text(%.70q) = %s", test.text, got)
			}
		})
	}
}

func TestEscape(t *testing.T) {
	for _, test := range []struct{ name, document, want string }{
		{"plain", "a: \"é ✓\"\tb\r\n", "a: \"é ✓\"\tb\r\n"},
		{"direction", "\"a\u202eb\u2066\"", `"a\u202eb\u2066"`},
		{"controls", "\"\x1b\u009b\x7f\u2028\"", `"\u001b\u009b\u007f\u2028"`},
		{"command", `"a ##[error]b ##vso[c]"`, `"a ##\u005berror]b ##vso\u005bc]"`},
		{"invalid UTF-8", "\"\xff\ufffd\"", "\"\xff\ufffd\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Escape(test.document); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	for _, test := range []struct{ name, text, line, lines string }{
		{"empty", "", "", ""},
		{"plain", "Shell in a container: é ✓ \"x\"\t%", "Shell in a container: é ✓ \"x\"\t%", "Shell in a container: é ✓ \"x\"\t%"},
		{"escape sequence", "a\x1b[31m\x07b", "a\uFFFD[31m\uFFFDb", "a\uFFFD[31m\uFFFDb"},
		{"C1 control", "a\u009b31mb\x7f", "a\uFFFD31mb\uFFFD", "a\uFFFD31mb\uFFFD"},
		{"direction", "a\u202eb\u2066c\u200f", "a\uFFFDb\uFFFDc\uFFFD", "a\uFFFDb\uFFFDc\uFFFD"},
		{"invalid UTF-8", "a\xff\x9bb", "a\uFFFDb", "a\uFFFDb"},
		{"line breaks", "a\nb\r\nc\rd\u2028e\n", "a b  c d\uFFFDe ", "a\nb\nc d\uFFFDe\n"},
		{"command", "::error file=a::b", "\uFFFD:error file=a::b", "\uFFFD:error file=a::b"},
		{"command behind blanks", " \t\u00a0::add-mask::x", " \t\u00a0\uFFFD:add-mask::x", " \t\u00a0\uFFFD:add-mask::x"},
		{"command on a later line", "a\n  ::stop-commands::x\n", "a   ::stop-commands::x ", "a\n  \uFFFD:stop-commands::x\n"},
		{"command behind a carriage return", "a\r::error::x", "a ::error::x", "a ::error::x"},
		{"old command", "a ##[error]b ##[warning]", "a ##\uFFFDerror]b ##\uFFFDwarning]", "a ##\uFFFDerror]b ##\uFFFDwarning]"},
		{"command of another system", "##vso[task.x]##teamcity[y]", "##vso\uFFFDtask.x]##teamcity\uFFFDy]", "##vso\uFFFDtask.x]##teamcity\uFFFDy]"},
		{"address", "::1", "::1", "::1"},
		{"colons within", "a ::error::b", "a ::error::b", "a ::error::b"},
		{"heading", "## a [b]", "## a [b]", "## a [b]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Line(test.text); got != test.line {
				t.Errorf("Line: %q, want %q", got, test.line)
			}
			if got := Lines(test.text); got != test.lines {
				t.Errorf("Lines: %q, want %q", got, test.lines)
			}
		})
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\r\n\t::error::\x1b##[b]")
	f.Fuzz(func(t *testing.T, text string) {
		line := Line(text)
		if strings.ContainsAny(line, "\n\r\x1b") || !utf8.ValidString(line) || Line(line) != line {
			t.Errorf("%q", line)
		}
		if got, want := utf8.RuneCountInString(line), utf8.RuneCountInString(strings.ToValidUTF8(text, "\uFFFD")); got != want {
			t.Errorf("%d characters, want %d", got, want)
		}
		for line := range strings.Lines(Lines(text)) {
			if line = strings.TrimSuffix(line, "\n"); Line(line) != line {
				t.Errorf("%q", line)
			}
		}
	})
}
