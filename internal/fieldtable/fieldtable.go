// Package fieldtable reads tables of fields: text with one field a line,
//
//	name TYPE [list] [[argument]] [flag …] [# description]
//
// The argument is [key], [index], [index|key] or [own], with a ! behind it where
// the field cannot be used without. The flags are no-right, no-transformer,
// filter-only, deprecated and hidden. A line that begins with # is a comment.
package fieldtable

import (
	"errors"
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
)

// Parse reads a table of the fields of a plugin, or of Falco itself if plugin is
// empty. The error names the line.
func Parse(table, plugin string) ([]fieldsets.Field, error) {
	fields := make([]fieldsets.Field, 0, strings.Count(table, "\n"))
	number := 0
	for line := range strings.Lines(table) {
		number++
		spec, desc, _ := strings.Cut(line, "#")
		words := strings.Fields(spec)
		if len(words) == 0 {
			continue
		}
		f := fieldsets.Field{Name: words[0], Plugin: plugin, Desc: strings.TrimSpace(desc)}
		if err := describe(&f, words[1:]); err != nil {
			return nil, fmt.Errorf("line %d, %s: %w", number, f.Name, err)
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// MustParse is Parse for a table that is part of the program. It panics on an
// error.
func MustParse(table, plugin string) []fieldsets.Field {
	fields, err := Parse(table, plugin)
	if err != nil {
		panic("fieldtable: " + err.Error())
	}
	return fields
}

// describe sets what the words behind a name say.
func describe(f *fieldsets.Field, words []string) error {
	if len(words) == 0 {
		return errors.New("no type")
	}
	var ok bool
	if f.Type, ok = fieldsets.ParseType(words[0]); !ok {
		return fmt.Errorf("no type is called %q", words[0])
	}
	for _, w := range words[1:] {
		switch w {
		case "list":
			f.List = true
		case "no-right":
			f.NoRightSide = true
		case "no-transformer":
			f.NoTransformer = true
		case "filter-only":
			f.FilterOnly = true
		case "deprecated":
			f.Deprecated = true
		case "hidden":
			f.Hidden = true
		default:
			w, f.ArgRequired = strings.CutSuffix(w, "!")
			switch w {
			case "[key]":
				f.Arg = fieldsets.KeyArg
			case "[index]":
				f.Arg = fieldsets.IndexArg
			case "[index|key]":
				f.Arg = fieldsets.IndexOrKeyArg
			case "[own]":
				f.Arg = fieldsets.CustomArg
			default:
				return fmt.Errorf("%q means nothing here", w)
			}
		}
	}
	return nil
}
