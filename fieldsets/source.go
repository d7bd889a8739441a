package fieldsets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/suggest"
)

// FieldSet is a group of fields and the code that reads them.
type FieldSet interface {
	// Fields lists the fields. It must return the same fields every time.
	Fields() []Field
	// Extractor returns what reads the field f, one of Fields, with the
	// argument arg, which fits f.Arg. It is called once a reference when
	// rules are compiled, never while events are matched. An error is about
	// the argument and is reported at its place in the rule.
	Extractor(f *Field, arg Arg) (Extractor, error)
}

// Source is an event source with all fields that its rules may use. It does
// not change and is safe for concurrent use.
type Source struct {
	name    string
	fields  map[string]entry
	names   []string // sorted
	longest int
}

type entry struct {
	field *Field
	set   FieldSet
}

// NewSource returns the source of the given name with the fields of sets and,
// where none of them has them, the evt fields that every source has. A field
// of an earlier set wins over one of the same name in a later set.
func NewSource(name string, sets ...FieldSet) *Source {
	s := &Source{name: name, fields: map[string]entry{}}
	for _, set := range append(slices.Clip(sets), genericFields{}) {
		fields := set.Fields()
		for i := range fields {
			f := &fields[i]
			if _, ok := s.fields[f.Name]; ok {
				continue
			}
			s.fields[f.Name] = entry{f, set}
			s.names = append(s.names, f.Name)
			s.longest = max(s.longest, len(f.Name))
		}
	}
	slices.Sort(s.names)
	return s
}

// Name returns the name that rules give as their source.
func (s *Source) Name() string { return s.name }

// Fields returns all fields of the source, sorted by name.
func (s *Source) Fields() []Field {
	out := make([]Field, len(s.names))
	for i, name := range s.names {
		out[i] = *s.fields[name].field
	}
	return out
}

// LongestName returns the length in bytes of the longest field name: no
// longer text can name a field.
func (s *Source) LongestName() int { return s.longest }

// Has reports whether the source has a field of that name.
func (s *Source) Has(name string) bool {
	_, ok := s.fields[name]
	return ok
}

// FieldError says why a field reference cannot be used.
type FieldError struct {
	// Field is the name as the rule gives it.
	Field string
	// Unknown says that to Falco the source has no such field; otherwise
	// something is wrong with the argument.
	Unknown bool
	// Msg is the error for people, Hint a way out or empty.
	Msg, Hint string
}

func (e *FieldError) Error() string { return e.Msg }

// Resolve finds the field that ref names and what reads it. The error is a
// [*FieldError].
func (s *Source) Resolve(ref *ast.Field) (*Field, Extractor, error) {
	e, ok := s.fields[ref.Name]
	if !ok {
		return nil, nil, &FieldError{
			Field: ref.Name, Unknown: true,
			Msg:  fmt.Sprintf("source %s has no field %s", s.name, ref.Name),
			Hint: suggest.Hint(ref.Name, slices.Values(s.names)),
		}
	}
	arg, err := checkArg(e.field, ref.Arg)
	if err != nil {
		if _, generic := e.set.(genericFields); generic {
			err.Unknown = true // to Falco, name and brackets together are no field
		}
		return nil, nil, err
	}
	x, xerr := e.set.Extractor(e.field, arg)
	if xerr != nil {
		return nil, nil, &FieldError{Field: ref.Name, Msg: fmt.Sprintf("field %s: %v", ref.Name, xerr)}
	}
	return e.field, x, nil
}

// checkArg holds a reference's argument against what the field takes.
func checkArg(f *Field, given *ast.Arg) (Arg, *FieldError) {
	bad := func(format string, args ...any) (Arg, *FieldError) {
		return Arg{}, &FieldError{Field: f.Name, Msg: fmt.Sprintf("field %s ", f.Name) + fmt.Sprintf(format, args...)}
	}
	switch {
	case given == nil && f.ArgRequired:
		return bad("needs an argument: %s[…]", f.Name)
	case given == nil:
		return Arg{}, nil
	case f.Arg == NoArg:
		return bad("takes no argument")
	case f.Arg == KeyArg && strings.ContainsAny(given.Text, " ]"):
		// Falco cuts the reference at the first blank and the argument at the
		// first bracket, quoted or not, and finds the rest to be no field.
		return bad("cannot have a blank or a ] in its argument, as in %q", given.Text)
	case f.Arg == KeyArg:
		return Arg{Present: true, Key: given.Text}, nil
	}
	// Falco takes digits only, and no zero in front of others.
	n, err := strconv.ParseUint(given.Text, 10, 64)
	if err != nil || len(given.Text) > 1 && given.Text[0] == '0' || given.Text[0] == '+' {
		return bad("takes an index from 0, not %q", given.Text)
	}
	return Arg{Present: true, Key: given.Text, Index: n}, nil
}
