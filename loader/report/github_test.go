package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/falcorules/falcorules/loader"
)

func TestGitHub(t *testing.T) {
	goldens(t, "github", GitHub, func(t *testing.T, set *loader.Ruleset, out []byte) string {
		if got := bytes.Count(out, []byte("\n")); got != count(set) {
			t.Errorf("%d lines of %d diagnostics", got, count(set))
		}
		if !utf8.Valid(out) || bytes.ContainsRune(out, '\r') {
			t.Error("the output is not lines of UTF-8")
		}
		return string(out)
	})
}

func TestGitHubEscapes(t *testing.T) {
	d := &loader.Diagnostic{
		Code: "a:b,c%", Severity: loader.SeverityNotice, Message: "100%: a,\r\nb \xff", Hint: "c\nd",
		Position: loader.Position{File: "x,y:%\n\r\xff.yaml"},
	}
	var b strings.Builder
	if err := GitHub(&b, &loader.Ruleset{Notices: loader.Diagnostics{d}}); err != nil {
		t.Fatal(err)
	}
	want := "::notice file=x%2Cy%3A%25%0A%0D\uFFFD.yaml,title=a%3Ab%2Cc%25::100%25: a,%0D%0Ab \uFFFD (c%0Ad)\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

func TestGitHubPlaces(t *testing.T) {
	at := func(line, column int) loader.Position {
		return loader.Position{File: "f.yaml", Line: line, Column: column}
	}
	for _, tt := range []struct {
		from, to loader.Position
		want     string
	}{
		{loader.Position{}, loader.Position{}, ""},
		{at(0, 0), loader.Position{}, "file=f.yaml,"},
		{at(2, 4), loader.Position{}, "file=f.yaml,line=2,col=3,"},
		{at(2, 4), at(2, 5), "file=f.yaml,line=2,endLine=2,col=3,endColumn=4,"},
		{at(2, 4), at(3, 5), "file=f.yaml,line=2,endLine=3,"},
		{at(2, 40), at(2, 50), "file=f.yaml,line=2,endLine=2,"},
	} {
		var b strings.Builder
		d := &loader.Diagnostic{Code: "c", Message: "m", Source: "ä b", Position: tt.from, End: tt.to}
		if err := GitHub(&b, &loader.Ruleset{Errors: loader.Diagnostics{d}}); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("::error %stitle=c::m\n", tt.want); b.String() != want {
			t.Errorf("got %s, want %s", b.String(), want)
		}
	}
}

func TestGitHubMany(t *testing.T) {
	var b bytes.Buffer
	if err := GitHub(&b, many()); err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(b.Bytes(), []byte("\n")); got != 9000 {
		t.Errorf("%d lines", got)
	}
}
