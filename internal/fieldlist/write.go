package fieldlist

import (
	"fmt"
	"io"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/quote"
)

// The JSON types have the keys of falco --list --format json in the same order.
// Additional keys are omitted when empty.
type jsonClass struct {
	Desc    string      `json:"desc,omitempty"`
	Sources []string    `json:"event_sources"`
	Fields  []jsonField `json:"fields"`
	Name    string      `json:"name"`
}

type jsonField struct {
	Argument     *jsonArgument `json:"argument"`
	Desc         string        `json:"desc"`
	Example      string        `json:"example,omitempty"`
	Flags        []jsonFlagSet `json:"flags,omitempty"`
	Hidden       bool          `json:"hidden,omitempty"`
	Deprecated   bool          `json:"is_deprecated,omitempty"`
	IsList       bool          `json:"is_list"`
	Name         string        `json:"name"`
	Notes        []string      `json:"notes,omitempty"`
	Operators    []string      `json:"operators,omitempty"`
	Transformers []string      `json:"transformers,omitempty"`
	Type         string        `json:"type"`
}

type jsonArgument struct {
	Required bool     `json:"required"`
	Type     []string `json:"type"`
}

type jsonFlagSet struct {
	Events []string   `json:"events"`
	Enum   bool       `json:"enum"`
	Flags  []JSONFlag `json:"flags"`
}

// JSONFlag is the JSON form of a flag.
type JSONFlag struct {
	Name  string `json:"name"`
	Value uint64 `json:"value"`
}

// JSONFlags returns the JSON form of flags.
func JSONFlags(flags []syscall.Flag) []JSONFlag {
	out := make([]JSONFlag, len(flags))
	for i, f := range flags {
		out[i] = JSONFlag(f)
	}
	return out
}

// JSON writes classes in the format of falco --list --format json.
func JSON(w io.Writer, classes []Class) error {
	list := []jsonClass{}
	for _, c := range classes {
		class := jsonClass{Desc: c.Desc, Sources: c.Sources, Name: c.Name}
		for i := range c.Fields {
			class.Fields = append(class.Fields, newJSONField(&c.Fields[i]))
		}
		list = append(list, class)
	}
	return writeClasses(w, list)
}

// DetailsJSON writes described fields in the same format, each in its own class and
// with additional keys.
func DetailsJSON(w io.Writer, details []Detail) error {
	list := []jsonClass{}
	for i := range details {
		d := &details[i]
		class := d.class()
		list = append(list, jsonClass{Desc: class.Desc, Sources: class.Sources, Name: class.Name, Fields: []jsonField{d.json()}})
	}
	return writeClasses(w, list)
}

func writeClasses(w io.Writer, list []jsonClass) error {
	return WriteJSON(w, struct {
		Classes []jsonClass `json:"fieldclasses"`
	}{list})
}

// WriteJSON writes v as indented JSON, formatted like Falco's.
func WriteJSON(w io.Writer, v any) error {
	return quote.WriteJSON(w, v, "  ")
}

func newJSONField(f *fieldsets.Field) jsonField {
	out := jsonField{Deprecated: f.Deprecated, Desc: f.Desc, Hidden: f.Hidden, IsList: f.List, Name: f.Name, Type: f.Type.String()}
	if f.Arg != fieldsets.NoArg {
		out.Argument = &jsonArgument{f.ArgRequired, []string{}}
		switch f.Arg {
		case fieldsets.KeyArg:
			out.Argument.Type = []string{"KEY"}
		case fieldsets.IndexArg:
			out.Argument.Type = []string{"INDEX"}
		case fieldsets.IndexOrKeyArg:
			out.Argument.Type = []string{"INDEX", "KEY"}
		}
	}
	return out
}

func (d *Detail) json() jsonField {
	out := newJSONField(&d.Field)
	out.Example = d.Example()
	out.Notes = Notes(&d.Field)
	out.Operators = OperatorNames(&d.Field)
	out.Transformers = TransformerNames(&d.Field)
	for _, set := range d.Flags() {
		out.Flags = append(out.Flags, jsonFlagSet{set.Events, set.Enum, JSONFlags(set.Flags)})
	}
	return out
}

// OperatorNames returns the operators that accept the field.
func OperatorNames(f *fieldsets.Field) []string {
	return names(Operators(f), func(o ast.OperatorInfo) string { return string(o.Op) })
}

// TransformerNames returns the names of the transformers that accept the field.
func TransformerNames(f *fieldsets.Field) []string {
	return names(Transformers(f), func(t ast.TransformerInfo) string { return t.Name })
}

func names[T any](list []T, name func(T) string) []string {
	var out []string
	for _, x := range list {
		out = append(out, name(x))
	}
	return out
}

// MarkdownTables writes a table for each class.
func MarkdownTables(w io.Writer, classes []Class) error {
	var b strings.Builder
	for i, c := range classes {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "## %s\n\n", c.Name)
		if c.Desc != "" {
			fmt.Fprintf(&b, "%s\n\n", c.Desc)
		}
		b.WriteString("| field | type | description |\n|---|---|---|\n")
		for i := range c.Fields {
			f := &c.Fields[i]
			fmt.Fprintf(&b, "| %s | %s | %s |\n", Code(Signature(f)), TypeName(f), MarkdownText(f.Desc))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Code formats a text as code for a cell of a Markdown table.
func Code(text string) string { return "`" + strings.ReplaceAll(text, "|", `\|`) + "`" }

// OneLine returns a text on one line, without control characters.
func OneLine(text string) string {
	return quote.Line(strings.Join(strings.Fields(text), " "))
}

// MarkdownText escapes a text for a cell of a Markdown table.
func MarkdownText(text string) string {
	text = OneLine(text)
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", `\<`).Replace(text)
}
