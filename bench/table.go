package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// row is a line of the table: one thing, measured several times.
type row struct {
	name string
	unit string
	runs []float64
	// ratio is how the row stands to its yardstick, as text; empty where it has
	// none.
	ratio string
	limit string
	over  bool
}

// atMost sets a limit of the median.
func (r *row) atMost(limit float64) *row {
	r.limit = fmt.Sprintf("<= %g", limit)
	r.over = median(r.runs) > limit
	return r
}

// beside sets how many times as much the row takes as its yardstick does: the
// median of what each round says, since a machine is not equally fast in all.
func (r *row) beside(yardstick []float64) *row {
	r.ratio = fmt.Sprintf("%.2fx", ratio(r.runs, yardstick))
	return r
}

// timesAtMost sets a limit of the ratio to a yardstick.
func (r *row) timesAtMost(yardstick []float64, limit float64) *row {
	r.limit = fmt.Sprintf("<= %gx", limit)
	r.over = ratio(r.runs, yardstick) > limit
	return r.beside(yardstick)
}

// timesAtLeast is timesAtMost for what must take longer than its yardstick.
func (r *row) timesAtLeast(yardstick []float64, limit float64) *row {
	r.limit = fmt.Sprintf(">= %gx", limit)
	r.over = ratio(r.runs, yardstick) < limit
	return r.beside(yardstick)
}

// table is what a comparison fills.
type table struct{ rows []*row }

// add adds a row and returns it, for its limit.
func (t *table) add(name, unit string, runs []float64) *row {
	r := &row{name: name, unit: unit, runs: runs}
	t.rows = append(t.rows, r)
	return r
}

// print writes the rows.
func (t *table) print(w io.Writer, title string) {
	fmt.Fprintf(w, "\n%s\n", title)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(columns, "median\tmin\tmax\tunit\tratio\tlimit\t\t  measured")
	for _, r := range t.rows {
		verdict := ""
		switch {
		case r.over:
			verdict = "over"
		case r.limit != "":
			verdict = "ok"
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t  %s\n", number(median(r.runs)), number(slices.Min(r.runs)), number(slices.Max(r.runs)), r.unit, r.ratio, r.limit, verdict, r.name)
	}
	columns.Flush()
}

// number prints a figure with as many digits as mean something.
func number(x float64) string {
	switch {
	case x == 0:
		return "0"
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

func median(runs []float64) float64 {
	sorted := slices.Sorted(slices.Values(runs))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ratio is the median of what each round says.
func ratio(runs, yardstick []float64) float64 {
	ratios := make([]float64, len(runs))
	for i := range runs {
		ratios[i] = runs[i] / yardstick[i]
	}
	return median(ratios)
}
