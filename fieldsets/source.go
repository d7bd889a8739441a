package fieldsets

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
)

// FieldSet is a group of fields and the code that reads them.
type FieldSet interface {
	// Fields lists the fields. It must return the same fields every time.
	Fields() []Field
	// Extractor returns what reads the field f, one of Fields, with the
	// argument arg, which fits f.Arg. It is called once a reference when
	// rules are compiled, never while events are matched. An error is about
	// the argument and is reported at its place in the rule. To return neither
	// an extractor nor an error is a mistake, and reported there too.
	Extractor(f *Field, arg Arg) (Extractor, error)
}

// Namer is a FieldSet that reads the names and arguments of its fields itself.
// Fields that have an OwnArg need one.
type Namer interface {
	FieldSet
	// Lookup finds the field that text, such as evt.arg.fd or proc.aname[2],
	// refers to. It returns no field and no error for a text that does not begin
	// with a name of this set, and UnknownField for one that does, but is none.
	Lookup(text string) (*Field, Arg, *FieldError)
}

// Discriminator is a FieldSet with fields that tell the events of a source apart,
// such as the type of an event. Rules that compare one of them with constants are
// then not looked at for events that have another value; what fires is the same.
type Discriminator interface {
	FieldSet
	// Discriminating returns those fields as rules refer to them: ka.verb,
	// jevt.value[/stage]. They have one text each. The first is read from every
	// event, and the others while many rules are left.
	Discriminating() []string
}

// Source is an event source with all fields that its rules may use. It does
// not change and is safe for concurrent use.
type Source struct {
	wrap        Wrap
	name        string
	sets        []numberedSet
	fields      map[string]entry
	names       []string // sorted
	plain       []string // names of fields that are current and need no argument
	longestName int
	// groups has what stands before the first dot of names, and nothing for
	// names without one.
	groups map[string]bool
}

type numberedSet struct {
	FieldSet
	id int
	// added says that the set came by With.
	added bool
}

type entry struct {
	field *Field
	set   int
}

// NewSource returns the source of the given name with the fields of sets and,
// where none of them has them, the evt fields that every source has. A field
// of an earlier set wins over one of the same name in a later set.
func NewSource(name string, sets ...FieldSet) *Source {
	numbered := make([]numberedSet, 0, len(sets)+1)
	for _, set := range append(slices.Clip(sets), genericFields{}) {
		numbered = append(numbered, numberedSet{FieldSet: set})
	}
	return newSource(name, numbered)
}

// With returns a source that has the fields of set too. They replace fields of s
// that have the same name, and hide no others: proc.na leaves proc.name as it
// is, which a set given to NewSource would not.
func (s *Source) With(set FieldSet) *Source {
	return newSource(s.name, append([]numberedSet{{FieldSet: set, added: true}}, s.sets...))
}

func newSource(name string, sets []numberedSet) *Source {
	s := &Source{name: name, sets: sets, fields: map[string]entry{}, groups: map[string]bool{}}
	for id := range sets {
		sets[id].id = id
		fields := sets[id].Fields()
		for i := range fields {
			f := &fields[i]
			if _, ok := s.fields[f.Name]; ok {
				continue
			}
			s.fields[f.Name] = entry{f, id}
			s.names = append(s.names, f.Name)
			if !f.Deprecated && !f.Hidden && !f.ArgRequired {
				s.plain = append(s.plain, f.Name)
			}
			s.longestName = max(s.longestName, len(f.Name))
			group, _, dotted := strings.Cut(f.Name, ".")
			if !dotted {
				group = ""
			}
			s.groups[group] = true
		}
	}
	slices.Sort(s.names)
	slices.Sort(s.plain)
	return s
}

// Discriminating returns the fields that tell the source's events apart; see
// [Discriminator].
func (s *Source) Discriminating() []string {
	var refs []string
	for _, set := range s.sets {
		if d, ok := set.FieldSet.(Discriminator); ok {
			refs = append(refs, d.Discriminating()...)
		}
	}
	return refs
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
func (s *Source) LongestName() int { return s.longestName }

// Has reports whether the source has a field of that name.
func (s *Source) Has(name string) bool {
	_, ok := s.fields[name]
	return ok
}

// HasGroup reports whether names of fields of the source begin with group and a
// dot.
func (s *Source) HasGroup(group string) bool { return s.groups[group] }

// FieldError says why a field reference cannot be used. It has no position: the
// diagnostics about a reference in a text have it as their underlying error.
type FieldError struct {
	// Field is the name as it was given.
	Field string
	// Unknown says that the source has no such field, as far as Falco is
	// concerned. Otherwise something is wrong with the argument.
	Unknown bool
	// Msg says what is wrong. Hint says what to do about it, or is empty.
	Msg, Hint string
}

func (e *FieldError) Error() string { return e.Msg }

// Meant returns the field of the source that was most likely meant by a text that
// is none, perhaps with an argument, or nothing.
func (s *Source) Meant(text string) string {
	name, arg, _ := strings.Cut(text, "[")
	for _, set := range s.sets {
		if m, ok := set.FieldSet.(meaner); ok {
			if meant := m.Meant(name); meant != "" {
				return meant
			}
		}
	}
	meant := suggest.Fields{Source: s.name, Names: s.names, Plain: s.plain}.Field(name)
	if e, ok := s.fields[meant]; ok && e.field.ArgRequired && arg == "" {
		meant += "[…]"
	}
	return meant
}

// meaner is a FieldSet that knows some of the names that people write instead of
// those of its fields.
type meaner interface {
	// Meant returns the field that a name means, or nothing.
	Meant(name string) string
}

// Suggest returns a hint for a text that is no field of the source, such as "did
// you mean X?", or nothing.
func (s *Source) Suggest(text string) string {
	group, _, _ := strings.Cut(text, ".")
	if plugin := suggest.Plugin(text); plugin != "" && !s.groups[group] {
		return fmt.Sprintf("it looks like a field of the plugin %s, which is not built in; give its fields with --fields", plugin)
	}
	if meant := s.Meant(text); meant != "" {
		return fmt.Sprintf("did you mean %s?", meant)
	}
	return ""
}

// Wrap changes how a field is read. It gets a field, its argument and what reads
// it, and returns what stands in their places.
type Wrap func(f *Field, arg Arg, read Extractor) (*Field, Extractor)

// Wrapped returns the source with all its fields read by what wrap makes of their
// extractors.
func (s *Source) Wrapped(wrap Wrap) *Source {
	wrapped := *s
	wrapped.wrap = wrap
	return &wrapped
}

// Lookup finds the field that text, a name with or without an argument, refers
// to, and its argument. The error is a [*FieldError].
func (s *Source) Lookup(text string) (*Field, Arg, error) {
	f, arg, _, err := s.find(text)
	if err != nil {
		return nil, arg, s.hinted(err, text)
	}
	return f, arg, nil
}

// hinted adds what an unknown name was perhaps meant to be.
func (s *Source) hinted(err *FieldError, text string) *FieldError {
	if err.Unknown && err.Hint == "" && !s.Has(err.Field) {
		err.Hint = s.Suggest(text)
	}
	return err
}

// Resolve finds the field that ref names and what reads it. The error is a
// [*FieldError].
func (s *Source) Resolve(ref *ast.Field) (*Field, Extractor, error) {
	text := ref.Name
	if ref.Arg != nil {
		text += "[" + ref.Arg.Text + "]"
	}
	f, arg, set, err := s.find(text)
	if err != nil {
		return nil, nil, s.hinted(err, text)
	}
	x, xerr := set.Extractor(f, arg)
	if xerr == nil && x == nil {
		xerr = errors.New("its field set returned no extractor")
	}
	if xerr != nil {
		return nil, nil, &FieldError{Field: ref.Name, Msg: fmt.Sprintf("field %s: %v", ref.Name, xerr)}
	}
	if s.wrap != nil {
		f, x = s.wrap(f, arg, x)
	}
	return f, x, nil
}

// IsReference reports whether text is a field of the source, with the argument
// that it needs. The error tells a text that Falco finds a mistake in from one
// that is no field at all.
func (s *Source) IsReference(text string) (bool, error) {
	if group, _, dotted := strings.Cut(text, "."); !dotted || !s.groups[group] && !s.groups[""] {
		return false, nil // as most constants
	}
	_, _, _, err := s.find(text)
	if err != nil && !err.Unknown {
		return false, err
	}
	return err == nil, nil
}

// find finds the field that text, a name with or without an argument, refers to.
// The sets are asked in turn, and the first one that knows how the text begins
// has the last word, as in Falco.
func (s *Source) find(text string) (*Field, Arg, FieldSet, *FieldError) {
	for _, set := range s.sets {
		var (
			f   *Field
			arg Arg
			err *FieldError
		)
		if own, ok := set.FieldSet.(Namer); ok {
			f, arg, err = own.Lookup(text)
		} else {
			f, arg, err = s.lookup(set, text)
		}
		switch {
		case err != nil && err.Msg == "":
			return nil, arg, nil, s.unknown(text)
		case err != nil:
			return nil, arg, nil, err
		case f != nil:
			return f, arg, set.FieldSet, nil
		}
	}
	return nil, Arg{}, nil, s.unknown(text)
}

// unknown returns the error about a field that there is not.
func (s *Source) unknown(text string) *FieldError {
	name, _, _ := strings.Cut(text, "[")
	if e, ok := s.fields[name]; ok && name != text {
		return &FieldError{Field: name, Unknown: true, Msg: argProblem(e.field, text[len(name):])}
	}
	return &FieldError{Field: name, Unknown: true, Msg: fmt.Sprintf("source %s has no field %s", s.name, quote.Name(name))}
}

// UnknownField is what a [Namer] returns for a text that begins with a name of
// its own and is no field.
func UnknownField() *FieldError { return &FieldError{Unknown: true} }

// lookup is Lookup for a set that leaves it to its source.
func (s *Source) lookup(set numberedSet, text string) (*Field, Arg, *FieldError) {
	f := s.longest(set.id, text)
	if f == nil || set.added && len(text) != len(f.Name) && text[len(f.Name)] != '[' {
		return nil, Arg{}, nil
	}
	if isGeneric(f.Name) { // also where another set reads it
		if len(text) != len(f.Name) {
			return nil, Arg{}, UnknownField()
		}
		return f, Arg{}, nil
	}
	// Falco cuts the reference at the first blank, quoted or not.
	cut, _, _ := strings.Cut(text, " ")
	name, given, bracket := strings.Cut(cut, "[")
	fail := func(format string, args ...any) (*Field, Arg, *FieldError) {
		return nil, Arg{}, &FieldError{Field: f.Name, Msg: "field " + f.Name + " " + fmt.Sprintf(format, args...)}
	}
	if !bracket {
		switch {
		case f.ArgRequired:
			return fail("needs an argument: %s[…]", f.Name)
		case len(text) != len(f.Name):
			return nil, Arg{}, UnknownField()
		}
		return f, Arg{}, nil
	}
	key, _, closed := strings.Cut(given, "]")
	switch {
	case name != f.Name:
		return nil, Arg{}, nil
	case f.Arg == NoArg:
		return fail("takes no argument")
	case !closed:
		return fail("cannot have a blank in its argument, as in %s", quote.Text(text[len(name):]))
	}
	arg := Arg{Present: true, Key: key}
	if f.Arg != KeyArg {
		arg.Index, arg.IsIndex = parseIndex(key)
		if f.Arg == IndexArg && !arg.IsIndex {
			return fail("takes an index from 0, not %s", quote.Text(key))
		}
	}
	if len(name)+len(key)+2 != len(text) {
		return nil, Arg{}, UnknownField()
	}
	return f, arg, nil
}

// longest returns the field of a set with the longest name that text begins with.
func (s *Source) longest(set int, text string) *Field {
	for n := min(len(text), s.longestName); n > 0; n-- {
		if e, ok := s.fields[text[:n]]; ok && e.set == set {
			return e.field
		}
	}
	return nil
}

// parseIndex reads an index as Falco does: digits only, and no zero in front of
// others.
func parseIndex(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && text[0] != '+' && (text[0] != '0' || len(text) == 1)
}

// argProblem says what is wrong with what stands behind the name of a field.
func argProblem(f *Field, brackets string) string {
	if f.Arg == NoArg {
		return fmt.Sprintf("field %s takes no argument", f.Name)
	}
	if strings.Contains(strings.TrimSuffix(brackets, "]"), "]") {
		return fmt.Sprintf("field %s cannot have a ] in its argument, as in %s", f.Name, quote.Name(brackets))
	}
	return fmt.Sprintf("field %s does not take %s", f.Name, quote.Name(brackets))
}

// Plugin returns the name of the Falco plugin that the events come from; empty
// for system calls.
func (s *Source) Plugin() string {
	own := s.sets[slices.IndexFunc(s.sets, func(set numberedSet) bool { return !set.added })] // the evt fields at least
	if fields := own.Fields(); len(fields) > 0 {
		return fields[0].Plugin
	}
	return ""
}
