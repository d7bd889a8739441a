package diag

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWriteGitHub(t *testing.T) {
	for _, test := range []struct {
		name string
		d    Diagnostic
		want string
	}{
		{"bare", Diagnostic{Message: "wrong"}, "::error ::wrong\n"},
		{
			"range",
			Diagnostic{
				Code: "CODE", Severity: Notice, Message: "m", Hint: "h", Line: "ä b",
				Range: Range{File: "./a,b.yaml", Start: Pos{3, 2, 4}, End: Pos{4, 2, 5}},
			},
			"::notice file=a%2Cb.yaml,line=2,endLine=2,col=3,endColumn=4,title=CODE::m (h)\n",
		},
		{
			"several lines",
			Diagnostic{Message: "m", Line: "ab", Range: Range{File: "a", Start: Pos{0, 1, 1}, End: Pos{9, 3, 2}}},
			"::error file=a,line=1,endLine=3::m\n",
		},
		{"column unknown", Diagnostic{Message: "m", Range: Range{File: "a", Start: Pos{0, 1, 7}}}, "::error file=a,line=1::m\n"},
		{"injection", Diagnostic{Message: "a\n::error::b\r%0A"}, "::error ::a%0A::error::b%0D%250A\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			if err := WriteGitHub(&b, List{&test.d}); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestGitHubGolden(t *testing.T) {
	testFormat(t, "github", WriteGitHub, func(t *testing.T, list List, out []byte) string {
		if got := bytes.Count(out, []byte("\n")); got != len(list) {
			t.Errorf("%d lines of %d diagnostics", got, len(list))
		}
		if !utf8.Valid(out) || bytes.ContainsRune(out, '\r') {
			t.Error("the output is not lines of UTF-8")
		}
		return string(out)
	})
}
