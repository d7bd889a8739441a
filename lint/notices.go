package lint

import (
	"context"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// notices are the analyzers that do not judge what rules mean, but point out what is
// written differently from how Falco reads it.
var notices = []*Analyzer{crlf, duplicateKey, encoding, listName, oldPSP, redefined, value}

// Notices returns what "falcorules check" reports beside the diagnostics of a ruleset:
// where files are read differently from how they look.
func Notices(ctx context.Context, set *loader.Ruleset) diag.List {
	return Run(ctx, set, Options{Analyzers: notices})
}

// Codes returns the codes of all diagnostics of package loader and of all findings of
// Notices, sorted.
func Codes() []diag.Code {
	codes := loader.Codes()
	for _, a := range notices {
		codes = append(codes, a.ID)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Describe returns what a code of this package or of package loader means in one
// sentence, or nothing for an unknown code.
func Describe(code diag.Code) string {
	if a := analyzer(code); a != nil {
		return a.Summary
	}
	return loader.Describe(code)
}

// SeverityOf returns the severity that diagnostics with a code of this package or of
// package loader have by default.
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
