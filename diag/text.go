package diag

import (
	"bufio"
	"io"
	"strings"

	"github.com/falcorules/falcorules/internal/color"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/snippet"
)

// TextOptions change how [WriteText] writes.
type TextOptions struct {
	// Color adds escape sequences for the colours of a terminal.
	Color bool
}

// WriteText writes diagnostics for people to read. Each begins with a line
//
//	file:line:column: severity: CODE: message
//
// The following lines, indented by four spaces, have the items that contain the text, the
// line of the file with the offending text underlined, related ranges, and the hint.
func WriteText(w io.Writer, list List, options TextOptions) error {
	out := bufio.NewWriter(w)
	for _, d := range list {
		writeText(out, d, color.Enabled(options.Color))
	}
	return out.Flush()
}

// Text returns the output of [WriteText].
func Text(list List, options TextOptions) string {
	var b strings.Builder
	_ = WriteText(&b, list, options) // a Builder does not fail
	return b.String()
}

var severityColors = [len(severityNames)]color.Style{color.Red, color.Yellow, color.Cyan}

const indent = "    "

func writeText(w *bufio.Writer, d *Diagnostic, colors color.Enabled) {
	if at := d.Range.String(); at != "" {
		w.WriteString(colors.In(color.Bold, quote.Line(at)+": "))
	}
	severity := severityColors[min(int(d.Severity), len(severityColors)-1)]
	w.WriteString(colors.In(severity, d.Severity.String()) + ": ")
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
		w.WriteString(line + "\n" + colors.In(color.Green, strings.TrimSuffix(mark, "\n")) + "\n")
	}
	for _, r := range d.Related {
		w.WriteString(indent)
		if at := r.Range.String(); at != "" {
			w.WriteString(quote.Line(at) + ": ")
		}
		w.WriteString(quote.Line(r.Message) + "\n")
	}
	if d.Hint != "" {
		w.WriteString(indent + colors.In(color.Cyan, "hint:") + " " + quote.Line(d.Hint) + "\n")
	}
}
