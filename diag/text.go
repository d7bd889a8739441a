package diag

import (
	"bufio"
	"io"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/snippet"
)

// TextOptions change how [WriteText] writes.
type TextOptions struct {
	// Color asks for ANSI colours.
	Color bool
}

// WriteText writes diagnostics for people to read. Each begins with a line
//
//	file:line:column: severity: CODE: message
//
// and goes on, indented by four spaces, with the items it is in, the line of the
// file with the offending text underlined, related positions, and the hint.
func WriteText(w io.Writer, list List, options TextOptions) error {
	out := bufio.NewWriter(w)
	style := palette{}
	if options.Color {
		style = colors
	}
	for _, d := range list {
		writeText(out, d, style)
	}
	return out.Flush()
}

// Text returns what [WriteText] writes.
func Text(list List, options TextOptions) string {
	var b strings.Builder
	_ = WriteText(&b, list, options) // a Builder does not fail
	return b.String()
}

// palette has the escape sequences that begin a style. Those of the zero palette
// are empty.
type palette struct {
	bold, mark, hint, off string
	severity              [len(severityNames)]string
}

var colors = palette{
	bold: "\x1b[1m", mark: "\x1b[1;32m", hint: "\x1b[1;36m", off: "\x1b[0m",
	severity: [...]string{"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m"},
}

const indent = "    "

func writeText(w *bufio.Writer, d *Diagnostic, style palette) {
	if at := d.Range.String(); at != "" {
		w.WriteString(style.bold + quote.Line(at) + ": " + style.off)
	}
	severity := style.severity[min(int(d.Severity), len(style.severity)-1)]
	w.WriteString(severity + d.Severity.String() + style.off + ": ")
	if d.Code != "" {
		w.WriteString(quote.Line(string(d.Code)) + ": ")
	}
	w.WriteString(quote.Line(d.Message) + "\n")
	for _, item := range d.Within {
		w.WriteString(indent + "in " + quote.Line(item.Kind) + " " + quoted(item.Name) + "\n")
	}
	if d.Line != "" && d.Range.Start.IsValid() {
		var b strings.Builder
		snippet.Append(&b, indent, d.Line, d.Range.Start.Column, d.Range.length(d.Line))
		line, mark, _ := strings.Cut(b.String(), "\n")
		w.WriteString(line + "\n" + style.mark + strings.TrimSuffix(mark, "\n") + style.off + "\n")
	}
	for _, r := range d.Related {
		w.WriteString(indent)
		if at := r.Range.String(); at != "" {
			w.WriteString(quote.Line(at) + ": ")
		}
		w.WriteString(quote.Line(r.Message) + "\n")
	}
	if d.Hint != "" {
		w.WriteString(indent + style.hint + "hint:" + style.off + " " + quote.Line(d.Hint) + "\n")
	}
}
