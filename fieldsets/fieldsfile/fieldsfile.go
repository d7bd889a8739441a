package fieldsfile

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// Definition has the fields that a file defines for a source.
type Definition struct {
	// Source is the name of the source.
	Source string
	// Fields are the fields in the order of the file. If several have the same name,
	// the last one counts. An argument without a known kind is a
	// [fieldsets.CustomArg].
	Fields []Field
}

// Field is a field with its position in the file.
type Field struct {
	fieldsets.Field
	// Range is the range of the field's name in the file.
	Range diag.Range
}

// generic has the fields of all sources.
var generic = fieldsets.NewSource("")

// bare returns a source with only the fields of all plugins.
func bare(name string) *fieldsets.Source { return fieldsets.NewSource(name, jsonfields.New()) }

// NewSource returns a source with the defined fields and the fields of all plugins.
func (d Definition) NewSource() *fieldsets.Source {
	more := d.beyond(bare(d.Source))
	return fieldsets.NewSource(d.Source, more, jsonfields.New())
}

// AddTo returns a copy of source with the defined fields added, regardless of the name of
// the source. Fields that the source already has with the same type and argument keep
// their values and flags; others are replaced.
func (d Definition) AddTo(source *fieldsets.Source) *fieldsets.Source {
	if more := d.beyond(source); len(more) > 0 {
		return source.With(more)
	}
	return source
}

// Replaced returns the fields that would replace a different field in AddTo.
func (d Definition) Replaced(source *fieldsets.Source) []Field {
	more := map[string]bool{}
	for _, f := range d.beyond(source) {
		more[f.Name] = source.Has(f.Name)
	}
	return slices.DeleteFunc(slices.Clone(d.Fields), func(f Field) bool { return !more[f.Name] })
}

// beyond returns the fields that source does not have, or defines differently.
func (d Definition) beyond(source *fieldsets.Source) fieldsets.Declared {
	known := map[string]fieldsets.Field{}
	for _, f := range source.Fields() {
		known[f.Name] = f
	}
	last := map[string]int{}
	for i, f := range d.Fields {
		last[f.Name] = i
	}
	var more fieldsets.Declared
	for i, f := range d.Fields {
		if old, ok := known[f.Name]; ok && same(f.Field, old) || last[f.Name] != i {
			continue
		}
		if f.Arg == fieldsets.CustomArg {
			f.Arg = fieldsets.IndexOrKeyArg // its custom syntax is unknown
		}
		more = append(more, f.Field)
	}
	return more
}

// same reports whether two definitions of a field are the same for rules.
func same(f, old fieldsets.Field) bool {
	return f.Type == old.Type && f.List == old.List && f.Arg == old.Arg && f.ArgRequired == old.ArgRequired
}

// Replacement is a field that replaced a different one.
type Replacement struct {
	Field
	// Source is the name of the source.
	Source string
}

// Extend returns a copy of sources with the definitions applied in order: their fields are
// added to the source of the same name, or to a new source. It also returns the fields
// that replaced others, because these may be mistakes.
func Extend(sources []*fieldsets.Source, definitions ...Definition) ([]*fieldsets.Source, []Replacement) {
	var replaced []Replacement
	sources = slices.Clone(sources)
	for _, d := range definitions {
		old := bare(d.Source)
		i := slices.IndexFunc(sources, func(s *fieldsets.Source) bool { return s.Name() == d.Source })
		if i < 0 {
			sources = append(sources, d.NewSource())
		} else {
			old = sources[i]
			sources[i] = d.AddTo(old)
		}
		for _, f := range d.Replaced(old) {
			replaced = append(replaced, Replacement{f, d.Source})
		}
	}
	return sources, replaced
}
