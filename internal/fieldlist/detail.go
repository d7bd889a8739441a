package fieldlist

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// Detail is a field that was asked for, with or without an argument.
type Detail struct {
	Field fieldsets.Field
	// Ref is what was asked for. A name alone may lack the argument that the field
	// needs.
	Ref *ast.Field
	// Arg is the argument, as the field's source reads it.
	Arg fieldsets.Arg
	// Sources are the sources that have the field.
	Sources []*fieldsets.Source
}

// Example returns a check that compiles of what was asked for.
func (d *Detail) Example() string {
	if !d.Arg.Present {
		return Example(&d.Field)
	}
	ref := ast.String(d.Ref)
	if sets := d.Flags(); len(sets) > 0 && d.Field.Name == "evt.arg" { // which has the names, not the numbers
		set := sets[0]
		typical := set.Flags[min(1, len(set.Flags)-1)].Name // the first is often 0, nothing
		if set.Enum {
			return ref + " = " + typical
		}
		return ref + " contains " + typical
	}
	return check(ref, &d.Field)
}

// Flags returns the names that numbers of the parameter have which was asked for.
func (d *Detail) Flags() []syscall.FlagSet {
	if !d.Arg.Named || d.Field.Name != "evt.arg" && d.Field.Name != "evt.rawarg" {
		return nil
	}
	return syscall.ParamFlags(d.Arg.Key)
}

// class returns the class of the field.
func (d *Detail) class() Class {
	classes := Classes(d.Sources, func(f *fieldsets.Field) bool { return f.Name == d.Field.Name })
	return classes[0]
}
