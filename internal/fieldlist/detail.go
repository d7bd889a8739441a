package fieldlist

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// Detail is a field to describe, with or without an argument.
type Detail struct {
	Field fieldsets.Field
	// Ref is the reference as the user wrote it. It may lack a required argument.
	Ref *ast.Field
	// Arg is the argument of Ref.
	Arg fieldsets.Arg
	// Sources are the sources that have the field.
	Sources []*fieldsets.Source
}

// Example returns a check with the field that compiles.
func (d *Detail) Example() string {
	if !d.Arg.Present {
		return Example(&d.Field)
	}
	ref := ast.String(d.Ref)
	if sets := d.Flags(); len(sets) > 0 && d.Field.Name == "evt.arg" { // evt.rawarg has numbers
		set := sets[0]
		typical := set.Flags[min(1, len(set.Flags)-1)].Name // the first is often 0
		if set.Enum {
			return ref + " = " + typical
		}
		return ref + " contains " + typical
	}
	return check(ref, &d.Field)
}

// Flags returns the named values of the parameter that evt.arg or evt.rawarg refers
// to, if it has any.
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
