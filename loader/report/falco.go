package report

import (
	"bufio"
	"io"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// The types below have the shape of what falco -V prints with json_output. Keys
// of our own are beside Falco's: range, hint, within, related, edits, beyond_falco,
// and in each result notices.

type falcoResult struct {
	Name           string            `json:"name"`
	Successful     bool              `json:"successful"`
	Errors         []falcoDiagnostic `json:"errors"`
	Warnings       []falcoDiagnostic `json:"warnings"`
	Notices        []falcoDiagnostic `json:"notices"`
	SchemaValid    *bool             `json:"schema_valid,omitempty"`
	SchemaWarnings *[]string         `json:"schema_warnings,omitempty"`
}

type falcoDiagnostic struct {
	Code            string         `json:"code"`
	CodeDesc        string         `json:"codedesc"`
	Context         falcoContext   `json:"context"`
	Message         string         `json:"message"`
	DeprecatedField string         `json:"deprecated_field,omitempty"`
	Hint            string         `json:"hint,omitempty"`
	Range           diag.Range     `json:"range"`
	Within          []diag.Item    `json:"within,omitempty"`
	Related         []diag.Related `json:"related,omitempty"`
	Edits           []diag.Edit    `json:"edits,omitempty"`
	// BeyondFalco marks errors and warnings that Falco does not report, because it
	// stops at the first error of the file.
	BeyondFalco bool `json:"beyond_falco,omitempty"`
}

type falcoContext struct {
	Locations []falcoLocation `json:"locations"`
	Snippet   string          `json:"snippet"`
}

type falcoLocation struct {
	ItemName string        `json:"item_name"`
	ItemType string        `json:"item_type"`
	Position falcoPosition `json:"position"`
}

type falcoPosition struct {
	Column int    `json:"column"`
	Line   int    `json:"line"`
	Name   string `json:"name"`
	Offset int    `json:"offset"`
}

// Falco writes what falco -V prints with json_output, in one line. Findings are among
// the notices.
func Falco(w io.Writer, set *loader.Ruleset, findings diag.List) error {
	out := bufio.NewWriter(w)
	notices := slices.Concat(set.Notices, findings)
	about, judged := byInput(notices), map[string]bool{}
	out.WriteString(`{"falco_load_results":[`)
	for i, r := range set.Results { // one by one: all of them may be large
		if i > 0 {
			out.WriteByte(',')
		}
		f := falcoResult{
			Name: r.Name, Successful: r.Successful(),
			Errors: falcoDiagnostics(r.Errors, 1), Warnings: falcoDiagnostics(r.Warnings, r.FalcoWarnings),
			Notices: falcoDiagnostics(about[r.Name], len(about[r.Name])),
		}
		if r.SchemaChecked {
			valid, departures := len(r.SchemaErrors) == 0, orEmpty(r.SchemaErrors)
			f.SchemaValid, f.SchemaWarnings = &valid, &departures
		}
		if err := writeValue(out, f); err != nil {
			return err
		}
		judged[r.Name] = true
	}
	out.WriteByte(']')
	others := slices.DeleteFunc(notices, func(d *diag.Diagnostic) bool { return judged[loader.InputOf(d)] })
	if len(others) > 0 { // about no file with a result, such as what was skipped in a folder
		out.WriteString(`,"notices":`)
		if err := writeValue(out, falcoDiagnostics(others, len(others))); err != nil {
			return err
		}
	}
	out.WriteString("}\n")
	return out.Flush()
}

// writeValue writes a value without spaces. Bytes that are not UTF-8 become U+FFFD, as
// in Falco.
func writeValue(w io.Writer, v any) error {
	text, err := quote.JSON(v, "")
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// falcoDiagnostics converts a list of diagnostics, of which Falco reports the first
// few.
func falcoDiagnostics(list diag.List, falco int) []falcoDiagnostic {
	out := make([]falcoDiagnostic, len(list))
	for i, d := range list {
		c := loader.FalcoContextOf(d)
		f := falcoDiagnostic{
			Code: string(d.Code), CodeDesc: lint.Describe(d.Code), Message: d.Message, DeprecatedField: c.DeprecatedField, Hint: d.Hint,
			Context: falcoContext{Locations: make([]falcoLocation, len(c.Locations)), Snippet: c.Snippet},
			Range:   d.Range, Within: d.Within, Related: d.Related, Edits: d.Edits, BeyondFalco: i >= falco,
		}
		for k, l := range c.Locations {
			f.Context.Locations[k] = falcoLocation{
				ItemName: l.Name, ItemType: l.Type,
				Position: falcoPosition{Column: l.Column, Line: l.Line, Name: l.Content, Offset: l.Offset},
			}
		}
		out[i] = f
	}
	return out
}
