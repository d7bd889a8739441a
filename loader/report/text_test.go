package report

import (
	"bytes"
	"io"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

func TestText(t *testing.T) {
	write := func(w io.Writer, set *loader.Ruleset, findings diag.List) error {
		return Text(w, set, findings, TextOptions{Least: diag.Notice})
	}
	goldens(t, "text", write, func(t *testing.T, _ *loader.Ruleset, out []byte) {
		if bytes.ContainsAny(out, "\r\x1b") {
			t.Error("the output can control a terminal")
		}
	})
}

func TestTextLeast(t *testing.T) {
	set := bare()
	for _, test := range []struct {
		least  diag.Severity
		notice bool
	}{{diag.Error, false}, {diag.Warning, false}, {diag.Notice, true}} {
		t.Run(test.least.String(), func(t *testing.T) {
			var b bytes.Buffer
			if err := Text(&b, set, nil, TextOptions{Least: test.least}); err != nil {
				t.Fatal(err)
			}
			if got := bytes.Contains(b.Bytes(), []byte("of the whole")); got != test.notice {
				t.Errorf("got\n%s", b.String())
			}
		})
	}
}
