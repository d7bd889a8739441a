package loader

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/internal/snippet"
)

// Code is a result code of Falco's.
type Code string

// The codes that the loader gives.
const (
	ErrFileRead         Code = "LOAD_ERR_FILE_READ"
	ErrYAMLParse        Code = "LOAD_ERR_YAML_PARSE"
	ErrYAMLValidate     Code = "LOAD_ERR_YAML_VALIDATE"
	ErrCompileCondition Code = "LOAD_ERR_COMPILE_CONDITION"
	ErrCompileOutput    Code = "LOAD_ERR_COMPILE_OUTPUT"
	ErrValidate         Code = "LOAD_ERR_VALIDATE"

	WarnUnknownSource Code = "LOAD_UNKNOWN_SOURCE"
	WarnUnknownItem   Code = "LOAD_UNKNOWN_ITEM"
	WarnUnknownKey    Code = "LOAD_UNKNOWN_KEY"
	WarnUnknownFilter Code = "LOAD_UNKNOWN_FILTER"
)

// Severity says whether a ruleset can be used with the diagnostic.
type Severity uint8

// The severities.
const (
	// SeverityError means that there is no ruleset.
	SeverityError Severity = iota
	// SeverityWarning means that the ruleset may not do what was meant.
	SeverityWarning
)

func (s Severity) String() string {
	if s == SeverityWarning {
		return "warning"
	}
	return "error"
}

// Position is a place in a file: line and column count from 1, the column in
// bytes. Line 0 stands for the file as a whole.
type Position struct {
	File         string
	Line, Column int
}

// String returns file:line:column, or the file alone.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Location is one step of the way from a file to the place of a diagnostic.
type Location struct {
	// Type is what lies there, in Falco's words: rule, macro, rule condition.
	Type string
	// Name is the item's name, where it has one.
	Name string
	Position
}

// Diagnostic is something to know about a rules file.
type Diagnostic struct {
	Code     Code
	Severity Severity
	// Message says what is wrong, in one sentence without the place.
	Message string
	// Hint is a way out, or empty.
	Hint string
	// Position is the place.
	Position Position
	// Length is the number of bytes from there that the message is about; 0
	// where it is not known.
	Length int
	// Context is the way from the file to the place, outermost first.
	Context []Location
	// Source is the line of the file at Position, without its end.
	Source string
	// Err is what the parser or the evaluator found, or nil.
	Err error
}

// Error returns place, code and message in one line.
func (d *Diagnostic) Error() string {
	hint := ""
	if d.Hint != "" {
		hint = " (" + d.Hint + ")"
	}
	return fmt.Sprintf("%s: %s: %s%s", d.Position, d.Code, d.Message, hint)
}

func (d *Diagnostic) Unwrap() error { return d.Err }

// Text returns the diagnostic for people: the line of Error, the item it is
// in, and the source line with a mark under the place.
func (d *Diagnostic) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s: %s\n", d.Position, d.Severity, d.Code, d.Message)
	for _, l := range d.Context {
		if l.Name != "" {
			fmt.Fprintf(&b, "    in %s %q\n", l.Type, l.Name)
		}
	}
	if d.Source != "" && d.Position.Column > 0 {
		snippet.Append(&b, "    ", d.Source, d.Position.Column, d.Length)
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "    hint: %s\n", d.Hint)
	}
	return b.String()
}

// Diagnostics are all errors of a ruleset in the order in which they are found:
// reading the files, then their macros, then their rules. As an error it is
// never empty.
type Diagnostics []*Diagnostic

func (ds Diagnostics) Error() string {
	if len(ds) > 1 {
		return fmt.Sprintf("%v (and %d more)", ds[0], len(ds)-1)
	}
	return ds[0].Error()
}

// Unwrap returns the single diagnostics for errors.As.
func (ds Diagnostics) Unwrap() []error {
	out := make([]error, len(ds))
	for i, d := range ds {
		out[i] = d
	}
	return out
}
