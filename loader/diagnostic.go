package loader

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/snippet"
)

// Code is a result code of Falco's, which begins with LOAD_, or one of ours.
type Code string

// The errors. Falco's LOAD_ERR_EXTENSION is not among them: no engine that is
// built without extensions gives it.
const (
	ErrFileRead         Code = "LOAD_ERR_FILE_READ"
	ErrYAMLParse        Code = "LOAD_ERR_YAML_PARSE"
	ErrYAMLValidate     Code = "LOAD_ERR_YAML_VALIDATE"
	ErrCompileCondition Code = "LOAD_ERR_COMPILE_CONDITION"
	ErrCompileOutput    Code = "LOAD_ERR_COMPILE_OUTPUT"
	ErrValidate         Code = "LOAD_ERR_VALIDATE"
)

// The warnings; LOAD_WARNING_EXTENSION is left out for the same reason.
const (
	WarnUnknownSource    Code = "LOAD_UNKNOWN_SOURCE"
	WarnUnsafeNACheck    Code = "LOAD_UNSAFE_NA_CHECK"
	WarnNoEventType      Code = "LOAD_NO_EVTTYPE"
	WarnUnknownFilter    Code = "LOAD_UNKNOWN_FILTER"
	WarnUnusedMacro      Code = "LOAD_UNUSED_MACRO"
	WarnUnusedList       Code = "LOAD_UNUSED_LIST"
	WarnUnknownItem      Code = "LOAD_UNKNOWN_ITEM"
	WarnDeprecatedItem   Code = "LOAD_DEPRECATED_ITEM"
	WarnAppendNoValues   Code = "LOAD_APPEND_NO_VALUES"
	WarnExceptionName    Code = "LOAD_EXCEPTION_NAME_NOT_UNIQUE"
	WarnMacroName        Code = "LOAD_INVALID_MACRO_NAME"
	WarnListName         Code = "LOAD_INVALID_LIST_NAME"
	WarnCompileCondition Code = "LOAD_COMPILE_CONDITION"
	WarnUnknownKey       Code = "LOAD_UNKNOWN_KEY"
)

// The notices: what Falco does not say. Their codes are this project's own.
const (
	NoticeDuplicateKey Code = "duplicate-key"
	NoticeLineEnds     Code = "crlf"
	NoticeEncoding     Code = "encoding"
	NoticeListName     Code = "list-name"
	NoticeOldPSP       Code = "old-psp"
	NoticeRedefined    Code = "redefined"
	NoticeSkipped      Code = "skipped"
	NoticeValue        Code = "value"
)

var descriptions = map[Code]string{
	ErrFileRead:         "The file cannot be read.",
	ErrYAMLParse:        "The file is not YAML.",
	ErrYAMLValidate:     "The YAML has not the shape of rules: a key is missing, or a value is of the wrong kind.",
	ErrCompileCondition: "The condition does not parse, or does not fit the fields of the rule's source.",
	ErrCompileOutput:    "The output does not fit the fields of the rule's source.",
	ErrValidate:         "An item does not go with the others: an unknown macro, a missing earlier item, a version that is not met.",

	WarnUnknownSource:    "No events of the rule's source are known; the rule is skipped.",
	WarnUnsafeNACheck:    "A field is compared with <NA>, which no value equals; to ask whether there is one, use exists.",
	WarnNoEventType:      "The rule can match too many types of events, which costs time on each of them.",
	WarnUnknownFilter:    "The rule uses a field or an event type that does not exist, and asks to be skipped then.",
	WarnUnusedMacro:      "Nothing uses the macro.",
	WarnUnusedList:       "Nothing uses the list.",
	WarnUnknownItem:      "The item is of no known kind; it is ignored.",
	WarnDeprecatedItem:   "This will go away in a later version of Falco.",
	WarnAppendNoValues:   "The exception adds no values.",
	WarnExceptionName:    "Two exceptions of the rule have the same name.",
	WarnMacroName:        "No condition can use a macro of this name.",
	WarnListName:         "No condition can use a list of this name.",
	WarnCompileCondition: "The condition may not say what was meant.",
	WarnUnknownKey:       "The key is unknown and ignored: misspelled, or of another kind of item.",

	NoticeDuplicateKey: "A mapping has a key twice; the first one counts.",
	NoticeLineEnds:     "The lines end in carriage return and line feed.",
	NoticeEncoding:     "The file has bytes that are not UTF-8, or control characters.",
	NoticeListName:     "A value looks like the name of a list that does not exist.",
	NoticeOldPSP:       "falcoctl made the rules of a PodSecurityPolicy, and this does not work any more.",
	NoticeRedefined:    "A file defines an item twice; the second definition takes the place of the first.",
	NoticeSkipped:      "Something is not read as rules: an entry of a folder, or a document beside those with rules.",
	NoticeValue:        "A value may not be what was meant.",
}

// Description returns in one sentence what the code stands for.
func (c Code) Description() string { return descriptions[c] }

// Codes returns all codes, sorted.
func Codes() []Code { return slices.Sorted(maps.Keys(descriptions)) }

// Severity says whether a ruleset can be used with the diagnostic.
type Severity uint8

// The severities.
const (
	// SeverityError means that there is no ruleset.
	SeverityError Severity = iota
	// SeverityWarning is a warning of Falco's: the ruleset may not do what was
	// meant.
	SeverityWarning
	// SeverityNotice is something to know that Falco does not say.
	SeverityNotice
)

// Severity returns how much a diagnostic of the code weighs.
func (c Code) Severity() Severity {
	switch {
	case strings.HasPrefix(string(c), "LOAD_ERR_"):
		return SeverityError
	case strings.HasPrefix(string(c), "LOAD_"):
		return SeverityWarning
	}
	return SeverityNotice
}

var severityNames = [...]string{"error", "warning", "notice"}

func (s Severity) String() string { return severityNames[s] }

// ParseSeverity returns the severity of a name, as String returns it.
func ParseSeverity(name string) (s Severity, ok bool) {
	i := slices.Index(severityNames[:], name)
	return Severity(max(i, 0)), i >= 0
}

// Position is a place in a file: line and column count from 1, the column in
// bytes. Line 0 stands for the file as a whole.
type Position struct {
	File         string
	Line, Column int
}

// compare compares the line and column of two positions.
func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// String returns file:line:column, or the file alone.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Location is one step of the way from a file to the place of a diagnostic, as
// Falco tells it: Line, Column and Offset count bytes from 0. Within a condition
// Falco counts on from the YAML value, whatever its folding and its lists; our
// own place is [Diagnostic.Position].
type Location struct {
	// Type is what lies there, in Falco's words: rule, macro, rule condition.
	Type string
	// Name is the item's name, where it has one.
	Name string
	// Content is the file's name, or the beginning of the condition in quotes.
	Content              string
	Line, Column, Offset int
}

// Related is another place that a diagnostic speaks of.
type Related struct {
	Position Position
	// Message says what is there.
	Message string
}

// Fix is a change of the file that removes the cause of a diagnostic: Text takes
// the place of what lies from the diagnostic's Position to its End.
type Fix struct {
	Text string
}

// Diagnostic is something to know about a rules file.
type Diagnostic struct {
	Code     Code
	Severity Severity
	// Message says what is wrong, in one sentence without the place.
	Message string
	// Hint is a way out, or empty.
	Hint string
	// Position is the place, End the place behind it; the zero End stands for
	// one that is not known.
	Position, End Position
	// Context is the way from the file to the place, outermost first.
	Context []Location
	// Snippet is what Falco shows of the place: a line and one with a mark.
	Snippet string
	// Source is the line of the file at Position, without its end.
	Source string
	// Related are other places, such as an earlier definition.
	Related []Related
	// Fix is what to do about it, or nil.
	Fix *Fix
	// Deprecated is the field of a [WarnDeprecatedItem] that is about one.
	Deprecated string
	// Err is what the parser or the evaluator found, or nil.
	Err error
	// item is the path to the macro that Position is in, if that is not Context:
	// to Falco the rule that uses the macro is at fault.
	item []Location
	// input is what Input returns, once it is known.
	input string
	// told says that it is in the result of a file.
	told bool
	// condition is the text in which Falco counts the last step of Context, or
	// empty: then it is the file.
	condition string
}

// Length returns the number of bytes that the diagnostic is about on its first
// line, or 0 where it is not known.
func (d *Diagnostic) Length() int {
	switch {
	case d.End.Line == d.Position.Line && d.End.Column > d.Position.Column:
		return d.End.Column - d.Position.Column
	case d.End.Line > d.Position.Line && d.Position.Line > 0:
		return max(0, len(strings.TrimRight(d.Source, " \t"))-d.Position.Column+1)
	}
	return 0
}

// Input returns the name of the [Result] whose text Position is in: a file, or rules
// inside a file. It differs from Context[0].Content, the file that Falco names, if a
// rule uses what another file defines or appends.
func (d *Diagnostic) Input() string {
	if d.input != "" {
		return d.input
	}
	return d.Position.File
}

// falcoInput returns the name of the file that Falco names.
func (d *Diagnostic) falcoInput() string {
	if len(d.Context) > 0 {
		return d.Context[0].Content
	}
	return d.Position.File
}

// Path returns the items that Position is in, outermost first. It differs from
// Context if Position is in a macro that a rule uses.
func (d *Diagnostic) Path() []Location {
	if d.item != nil {
		return d.item
	}
	return d.Context
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
	fmt.Fprintf(&b, "%s: %s: %s: %s\n", quote.Line(d.Position.String()), d.Severity, d.Code, quote.Line(d.Message))
	for _, l := range d.Path() {
		if l.Name != "" && l.Type != "overrides" && l.Type != "value for" {
			fmt.Fprintf(&b, "    in %s\n", quote.Line(fmt.Sprintf("%s %q", l.Type, l.Name)))
		}
	}
	if d.Source != "" && d.Position.Column > 0 {
		snippet.Append(&b, "    ", d.Source, d.Position.Column, d.Length())
	}
	for _, r := range d.Related {
		fmt.Fprintf(&b, "    %s: %s\n", quote.Line(r.Position.String()), quote.Line(r.Message))
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "    hint: %s\n", quote.Line(d.Hint))
	}
	return b.String()
}

// Diagnostics are errors, warnings or notices of a ruleset in the order in which
// they are found: reading the files, then their macros, then their rules. As an
// error it is never empty.
type Diagnostics []*Diagnostic

func (ds Diagnostics) Error() string {
	switch len(ds) {
	case 0:
		return "no errors"
	case 1:
		return ds[0].Error()
	default:
		return fmt.Sprintf("%v (and %d more)", ds[0], len(ds)-1)
	}
}

// Unwrap returns the single diagnostics for errors.As.
func (ds Diagnostics) Unwrap() []error {
	out := make([]error, len(ds))
	for i, d := range ds {
		out[i] = d
	}
	return out
}
