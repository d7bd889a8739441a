// Package fieldtable parses tables with one field per line:
//
//	name TYPE [list] [[argument]] [flag …] [# description]
//
// The argument is [key], [index], [index|key] or [custom], followed by ! if it is
// required. The flags are no-right, no-transformer, filter-only, deprecated and
// hidden. A line that begins with # is a comment.
package fieldtable

import (
	"errors"
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
)

// Parse parses a table of the fields of a plugin, or of Falco's own fields if plugin
// is empty. Errors have the line number.
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
		if err := setProperties(&f, words[1:]); err != nil {
			return nil, fmt.Errorf("line %d, %s: %w", number, f.Name, err)
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// MustParse is like Parse but panics on an error. It is for embedded tables.
func MustParse(table, plugin string) []fieldsets.Field {
	fields, err := Parse(table, plugin)
	if err != nil {
		panic("fieldtable: " + err.Error())
	}
	return fields
}

// setProperties sets the type, argument and flags of a field from the words after
// its name.
func setProperties(f *fieldsets.Field, words []string) error {
	if len(words) == 0 {
		return errors.New("missing type")
	}
	var ok bool
	if f.Type, ok = fieldsets.ParseType(words[0]); !ok {
		return fmt.Errorf("unknown type %q", words[0])
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
			case "[custom]":
				f.Arg = fieldsets.CustomArg
			default:
				return fmt.Errorf("unknown flag or argument %q", w)
			}
		}
	}
	return nil
}
