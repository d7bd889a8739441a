package diag

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
)

// Code identifies a kind of diagnostic, for example LOAD_ERR_VALIDATE.
type Code string

// Severity is the severity of a diagnostic. Lower numbers are worse.
type Severity uint8

// The severities, worst first.
const (
	// Error means that the input cannot be used, for example that Falco rejects the file.
	Error Severity = iota
	// Warning means that the input can be used, but probably does not do what its author
	// intends.
	Warning
	// Notice is for anything else worth knowing.
	Notice
)

var severityNames = [...]string{"error", "warning", "notice"}

// String returns error, warning or notice.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity %d", s)
}

// ParseSeverity returns the severity with the given name: error, warning or notice.
func ParseSeverity(name string) (Severity, error) {
	if i := slices.Index(severityNames[:], name); i >= 0 {
		return Severity(i), nil
	}
	return 0, fmt.Errorf("invalid severity %q: want error, warning or notice", name)
}

// Diagnostic is an error, a warning or a notice about part of a file or of another text.
// As an error, it can be any of these; check Severity.
type Diagnostic struct {
	// Code is the kind of diagnostic. It may be empty.
	Code     Code
	Severity Severity
	// Message says what is wrong, in one line without the position.
	Message string
	// Hint says what to do about it, or is empty.
	Hint string
	// Range is the range of the offending text.
	Range Range
	// Line is the line of the file in which Range starts, without its line ending. It is
	// empty if it is not known.
	Line string
	// Within has the named items that contain the offending text, outermost first, such
	// as a rule and one of its exceptions.
	Within []Item
	// Related has other ranges that explain the diagnostic, such as an earlier
	// definition.
	Related []Related
	// Edits fix the mistake if all are applied together. They do not overlap.
	Edits []Edit
	// Safe is true if the edits certainly do what the author intended, so they can be
	// applied without asking. Other edits are a guess, or change more.
	Safe bool
	// Err is the underlying error, or nil.
	Err error
	// Extra is additional information from the package that made the diagnostic, such as
	// a *loader.FalcoContext, or nil.
	Extra any
}

// Item names a part of a file, such as the rule "Terminal shell in container".
type Item struct {
	// Kind is the kind of item: rule, macro, list, exception, test.
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Related is another range that a diagnostic refers to.
type Related struct {
	Range Range `json:"range"`
	// Message says how the range is related, for example "defined here".
	Message string `json:"message"`
}

// Edit replaces the bytes of a range with Text.
type Edit struct {
	Range Range  `json:"range"`
	Text  string `json:"text"`
}

// Error returns the position, code, message and hint in one line.
func (d *Diagnostic) Error() string {
	var b strings.Builder
	if at := d.Range.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if d.Code != "" {
		b.WriteString(string(d.Code) + ": ")
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	return b.String()
}

// Unwrap returns the underlying error.
func (d *Diagnostic) Unwrap() error { return d.Err }

// jsonDiagnostic is the JSON form of a Diagnostic.
type jsonDiagnostic struct {
	Code     Code      `json:"code,omitempty"`
	Severity string    `json:"severity"`
	Message  string    `json:"message"`
	Hint     string    `json:"hint,omitempty"`
	Range    Range     `json:"range"`
	Within   []Item    `json:"within,omitempty"`
	Related  []Related `json:"related,omitempty"`
	Edits    []Edit    `json:"edits,omitempty"`
	Safe     bool      `json:"safe,omitempty"`
}

// MarshalJSON returns an object with the keys code, severity, message, hint, range,
// within, related, edits and safe. Empty values are left out, except for severity,
// message and range.
func (d *Diagnostic) MarshalJSON() ([]byte, error) {
	return quote.JSON(jsonDiagnostic{
		d.Code, d.Severity.String(), valid(d.Message), valid(d.Hint), d.Range, d.Within, d.Related, d.Edits, d.Safe,
	}, "")
}

// List is a list of diagnostics. Functions that report several mistakes return
// it as their error.
type List []*Diagnostic

// Of returns the diagnostics in the chain of an error: a List or else a single
// Diagnostic. For any other error it returns one diagnostic with the error's text, and
// for nil an empty list.
func Of(err error) List {
	if err == nil {
		return nil
	}
	var list List
	if errors.As(err, &list) {
		return list
	}
	var d *Diagnostic
	if errors.As(err, &d) {
		return List{d}
	}
	return List{{Message: err.Error(), Err: err}}
}

// Has reports whether there are diagnostics in the chain of an error.
func Has(err error) bool {
	var list List
	var d *Diagnostic
	return errors.As(err, &list) || errors.As(err, &d)
}

// Error returns the first diagnostic and the number of others in one line.
func (l List) Error() string {
	switch len(l) {
	case 0:
		return "no errors"
	case 1:
		return l[0].Error()
	}
	return fmt.Sprintf("%v (and %d more)", l[0], len(l)-1)
}

// Unwrap returns the diagnostics for errors.Is and errors.As.
func (l List) Unwrap() []error {
	out := make([]error, len(l))
	for i, d := range l {
		out[i] = d
	}
	return out
}

// Err returns the list as an error, or nil if it is empty. Use it to return a List as an
// error, because an empty List is not a nil error.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Sort sorts the list by file and position. Diagnostics at the same position
// keep their order.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b *Diagnostic) int { return a.Range.Compare(b.Range) })
}

// Summary counts the diagnostics by severity: "1 error, 2 notices". It returns "" if there are
// none.
func (l List) Summary() string {
	var counts [len(severityNames)]int
	for _, d := range l {
		counts[min(int(d.Severity), len(counts)-1)]++
	}
	var parts []string
	for s, n := range counts {
		if n > 0 {
			parts = append(parts, quote.Count(n, Severity(s).String()))
		}
	}
	return strings.Join(parts, ", ")
}
