package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// TextOptions say how text for people looks.
type TextOptions struct {
	// Color asks for the colours of a terminal.
	Color bool
	// Least is the least severity that is shown.
	Least loader.Severity
}

// Text writes for people: what there is to say, in the order of the files, and
// then the verdict on each file.
func Text(w io.Writer, set *loader.Ruleset, options TextOptions) error {
	out := bufio.NewWriter(w)
	for _, d := range inPlace(set, all(set)[:options.Least+1]...) {
		text := d.Text()
		if options.Color {
			text = color(d, text)
		}
		out.WriteString(text)
	}
	judged, counts := map[string]bool{}, countsOf(set)
	for _, r := range set.Results {
		judged[r.Name] = true
		fmt.Fprintf(out, "%s: %s\n", quote.Line(r.Name), verdict(r, counts[r.Name]))
	}
	for _, d := range set.Errors {
		if name := d.Input(); !judged[name] {
			judged[name] = true
			fmt.Fprintf(out, "%s: has errors, though it is not judged\n", quote.Line(name))
		}
	}
	return out.Flush()
}

// inPlace returns diagnostics in the order of the files and the places in them.
func inPlace(set *loader.Ruleset, lists ...loader.Diagnostics) loader.Diagnostics {
	order := map[string]int{}
	for i, r := range set.Results {
		order[r.Name] = i
	}
	sorted := slices.Concat(lists...)
	slices.SortStableFunc(sorted, func(a, b *loader.Diagnostic) int {
		return cmp.Or(
			cmp.Compare(order[a.Position.File], order[b.Position.File]),
			cmp.Compare(a.Position.File, b.Position.File),
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column),
		)
	})
	return sorted
}

// severities counts diagnostics of each severity.
type severities [loader.SeverityNotice + 1]int

// countsOf counts the diagnostics of each file.
func countsOf(set *loader.Ruleset) map[string]severities {
	counts := map[string]severities{}
	for _, list := range all(set) {
		for _, d := range list {
			n := counts[d.Input()]
			n[d.Severity]++
			counts[d.Input()] = n
		}
	}
	return counts
}

// verdict says in a few words what Falco makes of a file.
func verdict(r *loader.Result, found severities) string {
	var counts []string
	for severity, n := range found {
		if n > 0 {
			counts = append(counts, plural(n, loader.Severity(severity).String()))
		}
	}
	text := "accepted"
	if !r.Successful() {
		text = "refused"
		if other := r.Errors[0].Input(); other != r.Name {
			text += " for what is wrong in " + quote.Line(other)
		}
	}
	if len(counts) > 0 {
		text += ", " + strings.Join(counts, ", ")
	}
	return text
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Escape sequences of terminals.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	green  = "\x1b[1;32m"
	cyan   = "\x1b[1;36m"
	plain  = "\x1b[0m"
)

// color colours the text of a diagnostic: place, severity, mark and hint.
func color(d *loader.Diagnostic, text string) string {
	severity := [...]string{red, yellow, cyan}[d.Severity]
	lines := strings.SplitAfter(text, "\n")
	place, rest, _ := strings.Cut(lines[0], ": "+d.Severity.String()+": ")
	lines[0] = bold + place + ": " + severity + d.Severity.String() + plain + ": " + rest
	for i, line := range lines[1:] {
		switch trimmed := strings.TrimLeft(line, " \t"); {
		case strings.HasPrefix(trimmed, "^"):
			lines[i+1] = green + strings.TrimSuffix(line, "\n") + plain + "\n"
		case strings.HasPrefix(line, "    hint: "):
			lines[i+1] = strings.Replace(line, "hint:", cyan+"hint:"+plain, 1)
		}
	}
	return strings.Join(lines, "")
}
