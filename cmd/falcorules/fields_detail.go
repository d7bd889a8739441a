package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/fieldlist"
	"github.com/falcorules/falcorules/internal/quote"
)

// lookup finds the fields that texts name, with or without an argument. It also returns
// the texts that do not name one, and an error about one that is almost right.
func (c *fieldsCommand) lookup(texts []string) (details []fieldlist.Detail, missing []string, err error) {
	for _, text := range texts {
		found, bad := c.lookupOne(text)
		if len(found) == 0 {
			missing = append(missing, text)
		}
		if bad != nil && err == nil {
			err = bad
		}
		details = append(details, found...)
	}
	return details, missing, err
}

// lookupOne finds the fields that text names: several if sources differ.
func (c *fieldsCommand) lookupOne(text string) ([]fieldlist.Detail, error) {
	name, brackets, hasArg := strings.Cut(text, "[")
	ref := &ast.Field{Name: name}
	if hasArg {
		ref.Arg = &ast.Arg{Text: strings.TrimSuffix(brackets, "]")}
	}
	var (
		found []fieldlist.Detail
		bad   *fieldsets.FieldError
	)
	for _, s := range c.sources {
		d, err := detailOf(s, ref)
		if err != nil {
			if s.Has(err.Field) && (hasArg || !err.Unknown) {
				bad = err
			}
			continue
		}
		i := slices.IndexFunc(found, func(old fieldlist.Detail) bool { return fieldlist.Same(&old.Field, &d.Field) })
		if i < 0 {
			i = len(found)
			found = append(found, d)
		}
		found[i].Sources = append(found[i].Sources, s)
	}
	switch {
	case len(found) > 0 || bad == nil:
		return found, nil
	case bad.Hint != "":
		return nil, callError("%s; %s", bad.Msg, bad.Hint)
	}
	return nil, callError("%s", bad.Msg)
}

// detailOf returns the field of a source that ref names. A required argument may be
// missing.
func detailOf(s *fieldsets.Source, ref *ast.Field) (fieldlist.Detail, *fieldsets.FieldError) {
	if ref.Arg == nil && s.Has(ref.Name) {
		fields := s.Fields()
		i := slices.IndexFunc(fields, func(f fieldsets.Field) bool { return f.Name == ref.Name })
		return fieldlist.Detail{Field: fields[i], Ref: ref}, nil
	}
	f, _, err := s.Resolve(ref)
	var bad *fieldsets.FieldError
	if errors.As(err, &bad) {
		return fieldlist.Detail{}, bad
	}
	_, arg, _ := s.Lookup(ast.String(ref)) // does not fail, because Resolve did not
	return fieldlist.Detail{Field: *f, Ref: ref, Arg: arg}, nil
}

// sourceNamesOf returns the names of sources in the given order.
func sourceNamesOf(sources []*fieldsets.Source) string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.Name()
	}
	return strings.Join(names, ", ")
}

// writeDetails describes fields.
func (c *fieldsCommand) writeDetails(details []fieldlist.Detail) error {
	if c.output == "json" {
		return fieldlist.DetailsJSON(c.out, details)
	}
	for i, d := range details {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		name, rows := quote.Line(ast.String(d.Ref)), detailRows(&d)
		if c.output == "markdown" {
			fmt.Fprintf(c.out, "# %s\n\n%s\n\n| | |\n|---|---|\n", fieldlist.Code(name), fieldlist.MarkdownText(d.Field.Desc))
			for _, row := range rows {
				fmt.Fprintf(c.out, "| %s | %s |\n", row[0], fieldlist.MarkdownText(row[1]))
			}
			continue
		}
		fmt.Fprintf(c.out, "%s\n", name)
		if d.Field.Desc != "" {
			fmt.Fprintf(c.out, "  %s\n", fieldlist.OneLine(d.Field.Desc))
		}
		fmt.Fprintln(c.out)
		writeColumns(c.out, rows, "  ", 0)
	}
	return nil
}

// detailRows returns the rows of a field's description, each with its heading.
func detailRows(d *fieldlist.Detail) [][]string {
	f := &d.Field
	rows := [][]string{{"sources", sourceNamesOf(d.Sources)}}
	add := func(heading string, texts ...string) {
		for i, text := range texts {
			if i > 0 {
				heading = ""
			}
			if text != "" {
				rows = append(rows, []string{heading, text})
			}
		}
	}
	add("plugin", f.Plugin)
	ofParameter := f.Type == fieldsets.Dynamic && f.Name == "evt.rawarg" && !d.Arg.Present
	if ofParameter {
		add("type", f.Type.String()+": the type of the parameter")
	} else {
		add("type", fmt.Sprintf("%s: %s", fieldlist.TypeName(f), f.Type.Kind()))
	}
	add("argument", argumentText(f))
	operators, transformers := fieldlist.OperatorNames(f), fieldlist.TransformerNames(f)
	if ofParameter {
		operators = []string{"those that accept the type of the parameter"}
	}
	add("operators", orNone(operators))
	add("transformers", orNone(transformers))
	add("notes", fieldlist.Notes(f)...)
	add("example", quote.Line(d.Example()))
	var flags []string
	for _, set := range d.Flags() {
		flags = append(flags, fmt.Sprintf("%s: %s", strings.Join(set.Events, ", "), flagsText(set)))
	}
	add("flags", flags...)
	return rows
}

// flagsText returns the names and values of flags.
func flagsText(set syscall.FlagSet) string {
	texts := make([]string, len(set.Flags))
	for i, f := range set.Flags {
		texts[i] = fmt.Sprintf("%s=%d", f.Name, f.Value)
	}
	text := strings.Join(texts, " ")
	if set.Enum {
		text += " (one at a time)"
	}
	return text
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, " ")
}

func argumentText(f *fieldsets.Field) string {
	if f.Arg == fieldsets.NoArg {
		return "none"
	}
	must := "optional"
	if f.ArgRequired && !(f.Arg == fieldsets.CustomArg && f.Name == "evt.abspath") {
		must = "required"
	}
	what := map[fieldsets.ArgKind]string{
		fieldsets.KeyArg: ", any text", fieldsets.IndexArg: ", an integer from 0", fieldsets.IndexOrKeyArg: ", an integer from 0 or any text",
	}[f.Arg]
	return fmt.Sprintf("%s%s: %s", must, what, fieldlist.Signature(f))
}
