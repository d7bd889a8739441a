package report

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// GitHub writes the diagnostics of a ruleset as workflow commands, one a line,
// from which GitHub Actions makes annotations of the files. Columns are those of
// [SARIF].
func GitHub(w io.Writer, set *loader.Ruleset) error {
	var b bytes.Buffer
	for _, list := range all(set) {
		for _, d := range list {
			fmt.Fprintf(&b, "::%s %s::%s\n", d.Severity, githubProperties(d), quote.Line(githubData.Replace(withHint(d))))
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func githubProperties(d *loader.Diagnostic) string {
	var list []string
	add := func(name, value string) {
		list = append(list, name+"="+quote.Line(githubProperty.Replace(value)))
	}
	number := func(name string, n int) {
		if n > 0 {
			add(name, fmt.Sprint(n))
		}
	}
	if d.Position.File != "" {
		add("file", filepath.ToSlash(filepath.Clean(d.Position.File)))
		if r := regionOf(d); r != nil {
			number("line", r.StartLine)
			number("endLine", r.EndLine)
			// The runner refuses columns of a range of several lines.
			if r.EndLine == 0 || r.EndLine == r.StartLine {
				number("col", r.StartColumn)
				number("endColumn", r.EndColumn)
			}
		}
	}
	add("title", string(d.Code))
	return strings.Join(list, ",")
}

// What the runner of GitHub Actions takes back, in the text of a command and in
// its properties.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
