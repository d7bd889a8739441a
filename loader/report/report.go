// Package report writes what the loader says of rules files, in the forms that
// people, Falco's tools, code hosts and CI systems read.
//
// Each form is a function of a [loader.Ruleset] in a file of its own; all are
// deterministic.
package report

import (
	"github.com/falcorules/falcorules/loader"
)

// all gives the errors, warnings and notices of a ruleset, in this order.
func all(set *loader.Ruleset) []loader.Diagnostics {
	return []loader.Diagnostics{set.Errors, set.Warnings, set.Notices}
}
