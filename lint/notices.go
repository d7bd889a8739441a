package lint

import (
	"context"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// notices are the analyzers that do not judge what rules do, but report text that Falco
// reads differently from how it looks.
var notices = []*Analyzer{crlf, duplicateKey, encoding, listName, oldPSP, redefined, value}

// Notices returns the findings that "falcorules check" reports in addition to the
// diagnostics of a ruleset: text that Falco reads differently from how it looks. Run with
// the zero Options returns them too.
func Notices(ctx context.Context, set *loader.Ruleset) diag.List {
	return Run(ctx, set, Options{Analyzers: notices})
}

// Codes returns the codes that "falcorules check" can report: those of package loader and
// those of Notices, sorted.
func Codes() []diag.Code {
	codes := loader.Codes()
	for _, a := range notices {
		codes = append(codes, a.ID)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Describe returns what a code of this package or of package loader means in one
// sentence, or "" for an unknown code.
func Describe(code diag.Code) string {
	if a := analyzer(code); a != nil {
		return a.Summary
	}
	return loader.Describe(code)
}

// SeverityOf returns the default severity of diagnostics with a code of this package or
// of package loader.
func SeverityOf(code diag.Code) diag.Severity {
	if a := analyzer(code); a != nil {
		return a.Level.Severity()
	}
	return loader.SeverityOf(code)
}

func analyzer(id diag.Code) *Analyzer {
	i := slices.IndexFunc(analyzers, func(a *Analyzer) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return analyzers[i]
}
