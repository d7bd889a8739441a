package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// TextOptions change how [Text] writes.
type TextOptions struct {
	// Color asks for the colours of a terminal.
	Color bool
	// Least is the least severity that is shown.
	Least diag.Severity
}

// Text writes for people: the diagnostics and the findings, in the order of the files,
// and then the verdict on each file.
func Text(w io.Writer, set *loader.Ruleset, findings diag.List, options TextOptions) error {
	out := bufio.NewWriter(w)
	all := slices.Concat(set.Diagnostics(), findings)
	shown := slices.DeleteFunc(slices.Clone(all), func(d *diag.Diagnostic) bool { return d.Severity > options.Least })
	sortByFile(set, shown)
	if err := diag.WriteText(out, shown, diag.TextOptions{Color: options.Color}); err != nil {
		return err
	}
	judged, about := map[string]bool{}, byInput(all)
	for _, r := range set.Results {
		judged[r.Name] = true
		fmt.Fprintf(out, "%s: %s\n", quote.Line(r.Name), verdict(r, about[r.Name]))
	}
	for _, d := range set.Errors {
		if name := loader.InputOf(d); !judged[name] {
			judged[name] = true
			fmt.Fprintf(out, "%s: context file has errors\n", quote.Line(name))
		}
	}
	return out.Flush()
}

// sortByFile sorts diagnostics by the order of the files and their positions.
func sortByFile(set *loader.Ruleset, list diag.List) {
	order := map[string]int{}
	for i, r := range set.Results {
		order[r.Name] = i
	}
	slices.SortStableFunc(list, func(a, b *diag.Diagnostic) int {
		return cmp.Or(cmp.Compare(order[a.Range.File], order[b.Range.File]), a.Range.Compare(b.Range))
	})
}

// byInput returns the diagnostics of each file.
func byInput(list diag.List) map[string]diag.List {
	out := map[string]diag.List{}
	for _, d := range list {
		out[loader.InputOf(d)] = append(out[loader.InputOf(d)], d)
	}
	return out
}

// verdict says in a few words whether Falco accepts a file, and counts what is
// reported about it.
func verdict(r *loader.Result, about diag.List) string {
	text := "accepted"
	switch {
	case r.Successful():
	case r.Errors[0].Code == loader.ErrFileRead:
		text = "not read"
	default:
		text = "rejected"
		if other := loader.InputOf(r.Errors[0]); other != r.Name {
			text += " because of " + quote.Line(other)
		}
	}
	if len(about) > 0 {
		text += ", " + about.Summary()
	}
	return text
}
