package diag

import (
	"bufio"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
)

// WriteGitHub writes diagnostics as workflow commands, which GitHub Actions turns into
// annotations of the files. It leaves out columns if the line is unknown, because they
// must count UTF-16 code units.
func WriteGitHub(w io.Writer, list List) error {
	out, columns := bufio.NewWriter(w), newColumns()
	for _, d := range list {
		out.WriteString("::" + d.Severity.String() + " " + githubProperties(d, columns) + "::")
		out.WriteString(quote.Line(githubData.Replace(d.withHint())) + "\n")
	}
	return out.Flush()
}

func githubProperties(d *Diagnostic, columns *columns) string {
	var list []string
	add := func(name, value string) {
		list = append(list, name+"="+quote.Line(githubProperty.Replace(value)))
	}
	number := func(name string, n int) {
		if n > 0 {
			add(name, strconv.Itoa(n))
		}
	}
	if d.Range.File != "" {
		add("file", filepath.ToSlash(filepath.Clean(d.Range.File)))
		r := columns.region(d.Range, d.Line)
		number("line", r.StartLine)
		number("endLine", r.EndLine)
		// The runner rejects columns if the range spans several lines.
		if r.EndLine == 0 || r.EndLine == r.StartLine {
			number("col", r.StartColumn)
			number("endColumn", r.EndColumn)
		}
	}
	if d.Code != "" {
		add("title", string(d.Code))
	}
	return strings.Join(list, ",")
}

// The runner of GitHub Actions decodes these escapes in the text of a command
// and in its properties.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// region is a range with columns in UTF-16 code units. Zero means unknown.
type region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

// region converts a range whose first line has the given text, or "" if that is unknown.
func (c *columns) region(r Range, line string) region {
	if !r.Start.IsValid() {
		return region{}
	}
	out := region{StartLine: r.Start.Line, StartColumn: c.utf16(line, r.Start.Column)}
	if r.End.Compare(r.Start) < 0 {
		return out
	}
	out.EndLine = r.End.Line
	switch {
	case out.StartColumn == 0: // only the lines are known
	case r.End.Line == r.Start.Line:
		out.EndColumn = c.utf16(line, r.End.Column)
	case r.End.Column == 1:
		out.EndColumn = 1
	}
	return out
}
