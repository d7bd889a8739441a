package ruletest

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
)

// maxErrors caps the mistakes that are reported for a suite.
const maxErrors = 100

// mistakes are the mistakes in a suite, or in files that it names: its tests cannot
// be run.
type mistakes diag.List

// add adds a mistake, once, if there are not too many.
func (m *mistakes) add(d *diag.Diagnostic) {
	same := func(other *diag.Diagnostic) bool { return other.Range == d.Range && other.Message == d.Message }
	if len(*m) < maxErrors && !slices.ContainsFunc(*m, same) {
		*m = append(*m, d)
	}
}

// sorted returns the mistakes in file order.
func (m mistakes) sorted() diag.List {
	diag.List(m).Sort()
	return diag.List(m)
}

// in returns a mistake that names the test it is in, unless it has a position.
func in(t *Test, d *diag.Diagnostic) *diag.Diagnostic {
	if t != nil && d.Range == (diag.Range{}) {
		d.Message = "test " + quote.Text(t.Name) + ": " + d.Message
	}
	return d
}
