package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// row is a line of the table: something that is measured several times.
type row struct {
	name  string
	unit  string
	runs  []float64
	ratio string // to a baseline, or empty
	limit string
	over  bool
}

// atMost sets a limit for the median.
func (r *row) atMost(limit float64) *row {
	r.limit = fmt.Sprintf("<= %g", limit)
	r.over = median(r.runs) > limit
	return r
}

// relativeTo sets the ratio to a baseline.
func (r *row) relativeTo(baseline []float64) *row {
	r.ratio = fmt.Sprintf("%.2fx", ratio(r.runs, baseline))
	return r
}

// timesAtMost sets an upper limit for the ratio to a baseline.
func (r *row) timesAtMost(baseline []float64, limit float64) *row {
	r.limit = fmt.Sprintf("<= %gx", limit)
	r.over = ratio(r.runs, baseline) > limit
	return r.relativeTo(baseline)
}

// timesAtLeast sets a lower limit for the ratio to a baseline.
func (r *row) timesAtLeast(baseline []float64, limit float64) *row {
	r.limit = fmt.Sprintf(">= %gx", limit)
	r.over = ratio(r.runs, baseline) < limit
	return r.relativeTo(baseline)
}

// table has the results of a comparison.
type table struct{ rows []*row }

// add adds a row and returns it, so that a limit can be set.
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

// number formats a figure with its significant digits.
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

// percentile returns the least value that p percent of the values do not exceed.
func percentile(values []float64, p int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max((len(sorted)*p+99)/100-1, 0)]
}

// ratio returns the median of the ratios of all rounds: the speed of a machine varies
// between rounds.
func ratio(runs, baseline []float64) float64 {
	ratios := make([]float64, len(runs))
	for i := range runs {
		ratios[i] = runs[i] / baseline[i]
	}
	return median(ratios)
}
