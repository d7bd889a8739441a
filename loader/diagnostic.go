package loader

import (
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
)

// Falco's error codes. LOAD_ERR_EXTENSION is missing because only engines built with
// extensions report it.
const (
	ErrFileRead         diag.Code = "LOAD_ERR_FILE_READ"
	ErrYAMLParse        diag.Code = "LOAD_ERR_YAML_PARSE"
	ErrYAMLValidate     diag.Code = "LOAD_ERR_YAML_VALIDATE"
	ErrCompileCondition diag.Code = "LOAD_ERR_COMPILE_CONDITION"
	ErrCompileOutput    diag.Code = "LOAD_ERR_COMPILE_OUTPUT"
	ErrValidate         diag.Code = "LOAD_ERR_VALIDATE"
)

// Falco's warning codes, except for LOAD_WARNING_EXTENSION.
const (
	WarnUnknownSource    diag.Code = "LOAD_UNKNOWN_SOURCE"
	WarnUnsafeNACheck    diag.Code = "LOAD_UNSAFE_NA_CHECK"
	WarnNoEventType      diag.Code = "LOAD_NO_EVTTYPE"
	WarnUnknownFilter    diag.Code = "LOAD_UNKNOWN_FILTER"
	WarnUnusedMacro      diag.Code = "LOAD_UNUSED_MACRO"
	WarnUnusedList       diag.Code = "LOAD_UNUSED_LIST"
	WarnUnknownItem      diag.Code = "LOAD_UNKNOWN_ITEM"
	WarnDeprecatedItem   diag.Code = "LOAD_DEPRECATED_ITEM"
	WarnAppendNoValues   diag.Code = "LOAD_APPEND_NO_VALUES"
	WarnExceptionName    diag.Code = "LOAD_EXCEPTION_NAME_NOT_UNIQUE"
	WarnMacroName        diag.Code = "LOAD_INVALID_MACRO_NAME"
	WarnListName         diag.Code = "LOAD_INVALID_LIST_NAME"
	WarnCompileCondition diag.Code = "LOAD_COMPILE_CONDITION"
	WarnUnknownKey       diag.Code = "LOAD_UNKNOWN_KEY"
)

// NoticeSkipped is the code of notices about files and documents that are skipped because
// they are not read as rules. Falco has no such code. Package lint has other notices.
const NoticeSkipped diag.Code = "skipped"

var descriptions = map[diag.Code]string{
	ErrFileRead:         "The file cannot be read.",
	ErrYAMLParse:        "The file is not valid YAML.",
	ErrYAMLValidate:     "The YAML does not have the structure of rules: a key is missing, or a value has the wrong type.",
	ErrCompileCondition: "The condition cannot be parsed, or is not valid for the fields of the rule's source.",
	ErrCompileOutput:    "The output is not valid for the fields of the rule's source.",
	ErrValidate:         "An item conflicts with the others: a macro is unknown, an earlier item is missing, or a version requirement is not met.",

	WarnUnknownSource:    "No events of the rule's source are known, so the rule is skipped.",
	WarnUnsafeNACheck:    "A field is compared with <NA>, which no value equals; to test whether there is a value, use exists.",
	WarnNoEventType:      "The rule can match too many event types, which costs time on each event.",
	WarnUnknownFilter:    "The rule uses an unknown field or event type and is skipped, because it sets skip-if-unknown-filter.",
	WarnUnusedMacro:      "Nothing uses the macro.",
	WarnUnusedList:       "Nothing uses the list.",
	WarnUnknownItem:      "The item has no known type and is ignored.",
	WarnDeprecatedItem:   "This will be removed in a later version of Falco.",
	WarnAppendNoValues:   "The exception adds no values.",
	WarnExceptionName:    "Two exceptions of the rule have the same name.",
	WarnMacroName:        "No condition can use a macro of this name.",
	WarnListName:         "No condition can use a list of this name.",
	WarnCompileCondition: "The condition may not mean what was intended.",
	WarnUnknownKey:       "The key is unknown and ignored: it is misspelled, or belongs to another type of item.",

	NoticeSkipped: "Something was skipped because it is not read as rules: an entry of a folder, or a document next to rules.",
}

// Describe returns what a code means in one sentence, or "" for an unknown code.
func Describe(code diag.Code) string { return descriptions[code] }

// Codes returns all codes of this package, sorted.
func Codes() []diag.Code { return slices.Sorted(maps.Keys(descriptions)) }

// SeverityOf returns the severity of diagnostics with the given code. It is Notice for a
// code that is not Falco's.
func SeverityOf(code diag.Code) diag.Severity {
	switch {
	case strings.HasPrefix(string(code), "LOAD_ERR_"):
		return diag.Error
	case strings.HasPrefix(string(code), "LOAD_"):
		return diag.Warning
	}
	return diag.Notice
}

// FalcoContext is the [diag.Diagnostic.Extra] of the diagnostics of this package:
// what Falco prints about the mistake.
type FalcoContext struct {
	// Locations lead from the file to the offending text, outermost first. If a rule uses
	// a macro or a list that has a mistake, Falco reports the mistake in the rule, so
	// these locations are in the rule.
	Locations []Location
	// Snippet is the line that Falco shows, with a mark on a second line.
	Snippet string
	// DeprecatedField is the field that a [WarnDeprecatedItem] is about, or empty.
	DeprecatedField string

	// text is the condition in which Falco counts the last location, or empty if
	// Falco counts in the file.
	text string
	// input is what InputOf returns, or empty.
	input string
	// reported says that it is in the result of a file.
	reported bool
}

// Location is one of the steps from a file to the offending text, as Falco counts: Line,
// Column and Offset count bytes from 0. For a position in a condition, Falco adds the
// offset in the parsed text to the start of the YAML value, although folding and lists
// have moved the text; [diag.Diagnostic.Range] has the true position.
type Location struct {
	// Type is Falco's name for this step, such as rule, macro or rule condition.
	Type string
	// Name is the name of the item, or empty.
	Name string
	// Content is the name of the file, or the beginning of the condition in quotes.
	Content              string
	Line, Column, Offset int
}

// FalcoContextOf returns what Falco prints about a diagnostic. It is the zero
// FalcoContext if the diagnostic is not from this package.
func FalcoContextOf(d *diag.Diagnostic) FalcoContext {
	if c, ok := d.Extra.(*FalcoContext); ok {
		return *c
	}
	return FalcoContext{}
}

// InputOf returns the name of the input with the offending text: the file that the
// diagnostic's range is in, or the rules file inside that file. It is the name of a
// [Result], unless the input is context. Falco may report the diagnostic in the Result of
// another file, whose rules use a definition from this one.
func InputOf(d *diag.Diagnostic) string {
	if c := FalcoContextOf(d); c.input != "" {
		return c.input
	}
	return d.Range.File
}

// falcoInput returns the name of the file in which Falco reports the diagnostic.
func falcoInput(d *diag.Diagnostic) string {
	if c := FalcoContextOf(d); len(c.Locations) > 0 {
		return c.Locations[0].Content
	}
	return d.Range.File
}

// newDiagnostic returns a diagnostic about a range. The locations are Falco's.
func newDiagnostic(code diag.Code, at diag.Range, locations []Location, message string) *diag.Diagnostic {
	return &diag.Diagnostic{
		Code: code, Severity: SeverityOf(code), Message: message, Range: at, Within: itemsOf(locations),
		Extra: &FalcoContext{Locations: locations},
	}
}

// itemsOf returns the named items among Falco's locations.
func itemsOf(locations []Location) []diag.Item {
	var out []diag.Item
	for _, l := range locations {
		if l.Name != "" && l.Type != "overrides" && l.Type != "value for" {
			out = append(out, diag.Item{Kind: l.Type, Name: l.Name})
		}
	}
	return out
}

// falco returns what Falco prints about a diagnostic, to change it.
func falco(d *diag.Diagnostic) *FalcoContext {
	c, ok := d.Extra.(*FalcoContext)
	if !ok { // the caller made it
		c = &FalcoContext{}
		d.Extra = c
	}
	return c
}

// locate sets where in a condition Falco finds the mistake; see inCondition.
func (c *FalcoContext) locate(parent []Location, condition string, at diag.Pos) {
	c.Locations = inCondition(parent, condition, at)
	c.text = condition
}
