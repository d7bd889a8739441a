package ruletest

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/suggest"
)

// maxErrors limits how many mistakes are reported for a suite.
const maxErrors = schema.MaxErrors

// mistakes are errors in a suite, or in event files that it names. A suite with mistakes
// is invalid, and its tests do not count.
type mistakes diag.List

// add adds a mistake, unless it is a duplicate or there are too many.
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

func hintOf(name string, names []string) string { return suggest.Hint(name, slices.Values(names)) }

// in adds the name of the test to a mistake that has no position.
func in(t *Test, d *diag.Diagnostic) *diag.Diagnostic {
	if t != nil && d.Range == (diag.Range{}) {
		d.Message = "test " + quote.Text(t.Name) + ": " + d.Message
	}
	return d
}
