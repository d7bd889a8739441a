package fieldsfile

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// Definition is the fields that a file gives to one source.
type Definition struct {
	// Source is the name of the source.
	Source string
	// Fields are its fields in the order of the file; of two of the same name the
	// later one counts. An argument of which the file says only that there is one
	// is an CustomArg.
	Fields []Field
}

// Field is a field as a file defines it.
type Field struct {
	fieldsets.Field
	// Range is where the file defines it.
	Range diag.Range
}

// generic has the fields that events of every source have.
var generic = fieldsets.NewSource("")

// bare returns a source with the fields that every source of a plugin has.
func bare(name string) *fieldsets.Source { return fieldsets.NewSource(name, jsonfields.New()) }

// NewSource returns a source with the fields, and with those that every source of
// a plugin has.
func (d Definition) NewSource() *fieldsets.Source {
	more := d.beyond(bare(d.Source))
	return fieldsets.NewSource(d.Source, more, jsonfields.New())
}

// AddTo returns the source with the fields added, of whatever name it is. A
// field that the source has with the same type and argument stays as it is, with
// its values and its flags; one that differs is replaced.
func (d Definition) AddTo(source *fieldsets.Source) *fieldsets.Source {
	if more := d.beyond(source); len(more) > 0 {
		return source.With(more)
	}
	return source
}

// Replaced returns those fields of the definition that AddTo puts in the place of
// other ones.
func (d Definition) Replaced(source *fieldsets.Source) []Field {
	more := map[string]bool{}
	for _, f := range d.beyond(source) {
		more[f.Name] = source.Has(f.Name)
	}
	return slices.DeleteFunc(slices.Clone(d.Fields), func(f Field) bool { return !more[f.Name] })
}

// beyond returns the fields that the source does not have, or has otherwise.
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
			f.Arg = fieldsets.IndexOrKeyArg // whose own rules are not known
		}
		more = append(more, f.Field)
	}
	return more
}

// same reports whether two definitions of a field say the same to a rule.
func same(f, old fieldsets.Field) bool {
	return f.Type == old.Type && f.List == old.List && f.Arg == old.Arg && f.ArgRequired == old.ArgRequired
}

// Replacement is a field that took the place of another one.
type Replacement struct {
	Field
	// Source is the name of the source.
	Source string
}

// Extend returns the sources with what the definitions say, in the order given:
// a source of the same name gets the fields added, for any other name there is a
// new source. The slice itself does not change. Fields that replaced others come
// with it, for they may be mistakes.
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
