package report

import (
	"io"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// JUnit writes the verdicts on the files of a ruleset as a test report: each file
// is a test, which fails if Falco rejects the file or if it has diagnostics or findings
// that are at least as severe as failOn. Files that have diagnostics but no verdict come
// last.
func JUnit(w io.Writer, set *loader.Ruleset, findings diag.List, failOn diag.Severity) error {
	var files []diag.JUnitFile
	index := map[string]int{}
	file := func(name string) *diag.JUnitFile {
		i, known := index[name]
		if !known {
			i = len(files)
			index[name] = i
			files = append(files, diag.JUnitFile{Name: name})
		}
		return &files[i]
	}
	for _, r := range set.Results {
		if f := file(r.Name); !r.Successful() && len(f.Causes) == 0 {
			if f.Causes = set.Errors; len(f.Causes) == 0 {
				f.Causes = r.Errors
			}
		}
	}
	for _, d := range slices.Concat(set.Diagnostics(), findings) {
		f := file(loader.InputOf(d))
		f.Diagnostics = append(f.Diagnostics, d)
	}
	return diag.WriteJUnit(w, "falcorules check", files, failOn)
}
