package fieldlist

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// What JSON writes has the keys of falco --list --format json in their order. Keys
// of our own are left out where they are empty.
type jsonClass struct {
	Desc    string      `json:"desc,omitempty"`
	Sources []string    `json:"event_sources"`
	Fields  []jsonField `json:"fields"`
	Name    string      `json:"name"`
}

type jsonField struct {
	Argument     *jsonArgument `json:"argument"`
	Deprecated   bool          `json:"deprecated,omitempty"`
	Desc         string        `json:"desc"`
	Example      string        `json:"example,omitempty"`
	Hidden       bool          `json:"hidden,omitempty"`
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

// JSON writes the classes in the shape that Falco gives its lists; with long,
// operators and all else that there is to know of each field too.
func JSON(w io.Writer, classes []Class, long bool) error {
	out := struct {
		Classes []jsonClass `json:"fieldclasses"`
	}{[]jsonClass{}}
	for _, c := range classes {
		class := jsonClass{Desc: c.Desc, Sources: c.Sources, Name: c.Name}
		for i := range c.Fields {
			class.Fields = append(class.Fields, newJSONField(&c.Fields[i], long))
		}
		out.Classes = append(out.Classes, class)
	}
	return WriteJSON(w, out)
}

// WriteJSON writes a value as the indented JSON that Falco prints.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func newJSONField(f *fieldsets.Field, long bool) jsonField {
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
	if long {
		out.Example = Example(f)
		out.Notes = Notes(f)
		out.Operators = OperatorNames(f)
		out.Transformers = TransformerNames(f)
	}
	return out
}

// OperatorNames returns the operators that take the field.
func OperatorNames(f *fieldsets.Field) []string {
	return names(Operators(f), func(o ast.OperatorInfo) string { return string(o.Op) })
}

// TransformerNames returns the names of the transformers that take the field.
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
		b.WriteString("| field | type | what it is |\n|---|---|---|\n")
		for i := range c.Fields {
			f := &c.Fields[i]
			fmt.Fprintf(&b, "| %s | %s | %s |\n", Code(Signature(f)), TypeName(f), MarkdownText(f.Desc))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Code returns a text as Markdown shows code in a table.
func Code(text string) string { return "`" + strings.ReplaceAll(text, "|", `\|`) + "`" }

// MarkdownText returns a text with the characters escaped that Markdown would
// take for its own, on one line.
func MarkdownText(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", `\<`).Replace(text)
}
