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
	// Fields returns the fields, always the same ones.
	Fields() []Field
	// Extractor returns the extractor for f, one of Fields, with the argument
	// arg, which is valid for f.Arg. It is called for each reference when rules
	// are compiled, never while events are matched. An error, or an extractor
	// that is nil, is reported at the position of the reference.
	Extractor(f *Field, arg Arg) (Extractor, error)
}

// Namer is a FieldSet that parses the names and arguments of its fields itself.
// It is required for fields with a CustomArg.
type Namer interface {
	FieldSet
	// Lookup finds the field that text refers to, such as evt.arg.fd or
	// proc.aname[2]. It returns a nil field and no error if text does not begin
	// with a name of this set, and [UnknownField] if it does but is not a field.
	Lookup(text string) (*Field, Arg, *FieldError)
}

// Resolver is a FieldSet that can change a field together with its extractor, for example to
// set the ConditionValue.
type Resolver interface {
	FieldSet
	// Resolve is like Extractor and also returns f or a changed copy of it.
	Resolve(f *Field, arg Arg) (*Field, Extractor, error)
}

// Discriminator is a FieldSet with fields that separate the source's events into
// classes, such as the event type. The engine indexes rules by these fields and
// skips those that cannot match an event.
type Discriminator interface {
	FieldSet
	// Discriminating returns references to the fields: ka.verb,
	// jevt.value[/stage]. Each has a single text value. The engine reads the
	// first one from every event, and the others while many rules remain.
	Discriminating() []string
}

// Source is an event source with all fields that its rules can use. It is
// immutable and safe for concurrent use.
type Source struct {
	name        string
	sets        []numberedSet
	fields      map[string]entry
	names       []string // sorted
	plain       []string // sorted; fields to suggest that need no argument
	longestName int
	// groups has the part of each name before the first dot, and "" if there is
	// a name without a dot.
	groups map[string]bool
}

type numberedSet struct {
	FieldSet
	id int
	// added marks a set that With added.
	added bool
	// wraps are those of Wrapped, innermost first.
	wraps []Wrap
}

type entry struct {
	field *Field
	set   int
}

// NewSource returns a source with the fields of the given sets and the evt fields
// that all sources have. If several sets have a field of the same name, the first
// set wins; the evt fields come last.
func NewSource(name string, sets ...FieldSet) *Source {
	numbered := make([]numberedSet, 0, len(sets)+1)
	for _, set := range append(slices.Clip(sets), genericFields{}) {
		numbered = append(numbered, numberedSet{FieldSet: set})
	}
	return newSource(name, numbered)
}

// With returns a copy of s with the fields of set added. They replace fields with
// exactly the same name. In contrast to NewSource, a field proc.na does not hide
// the proc.name of another set.
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

// Discriminating returns references to the fields by which the engine indexes
// rules; see [Discriminator].
func (s *Source) Discriminating() []string {
	var refs []string
	for _, set := range s.sets {
		if d, ok := set.FieldSet.(Discriminator); ok {
			refs = append(refs, d.Discriminating()...)
		}
	}
	return refs
}

// Name returns the name of the event source, as in the source key of rules.
func (s *Source) Name() string { return s.name }

// Fields returns all fields of the source, sorted by name.
func (s *Source) Fields() []Field {
	out := make([]Field, len(s.names))
	for i, name := range s.names {
		out[i] = *s.fields[name].field
	}
	return out
}

// LongestName returns the length of the longest field name in bytes.
func (s *Source) LongestName() int { return s.longestName }

// Has reports whether the source has a field with the given name.
func (s *Source) Has(name string) bool {
	_, ok := s.fields[name]
	return ok
}

// HasGroup reports whether the source has fields whose names begin with group and
// a dot.
func (s *Source) HasGroup(group string) bool { return s.groups[group] }

// FieldError reports a field reference that cannot be used. It has no position;
// diagnostics about the reference wrap it.
type FieldError struct {
	// Field is the name of the field.
	Field string
	// Unknown reports whether Falco would call the field unknown. Otherwise the
	// argument is invalid.
	Unknown bool
	// Msg says what is wrong. Hint says what to do about it and may be empty.
	Msg, Hint string
}

func (e *FieldError) Error() string { return e.Msg }

// Suggest returns the field that was most likely meant by an unknown reference. It has
// the argument of the reference if it can have it, or a placeholder if it needs one.
// Suggest returns "" if no field is close.
func (s *Source) Suggest(text string) string {
	name, brackets, _ := strings.Cut(text, "[")
	for _, set := range s.sets {
		if own, ok := set.FieldSet.(suggester); ok {
			if field := own.Suggest(name); field != "" {
				return field
			}
		}
	}
	field := suggest.Fields{Source: s.name, Names: s.names, Plain: s.plain}.Field(name)
	e, ok := s.fields[field]
	if !ok {
		return field
	}
	if arg, _, closed := strings.Cut(brackets, "]"); closed {
		with := field + "[" + arg + "]"
		if _, _, _, err := s.find(with); err == nil && quote.Name(with) == with {
			return with
		}
	}
	if e.field.ArgRequired {
		field += "[…]"
	}
	return field
}

// suggester is a FieldSet with suggestions of its own for unknown names.
type suggester interface {
	// Suggest returns the field that was most likely meant, or "".
	Suggest(name string) string
}

// Hint returns a hint for an unknown field, such as "did you mean proc.name?", or
// "".
func (s *Source) Hint(text string) string {
	group, _, _ := strings.Cut(text, ".")
	if plugin := suggest.Plugin(text); plugin != "" && !s.groups[group] {
		return fmt.Sprintf("it looks like a field of the plugin %s, which is not built in; load its fields with --fields", plugin)
	}
	if field := s.Suggest(text); field != "" {
		return fmt.Sprintf("did you mean %s?", field)
	}
	return ""
}

// Wrap replaces the extractor of a field reference, and can return a changed copy
// of the field.
type Wrap func(f *Field, arg Arg, read Extractor) (*Field, Extractor)

// Wrapped returns a copy of s that passes each field it resolves through wrap, after the
// wraps that s has. Fields that With adds to the copy are not passed through it.
func (s *Source) Wrapped(wrap Wrap) *Source {
	wrapped := *s
	wrapped.sets = slices.Clone(s.sets)
	for i := range wrapped.sets {
		set := &wrapped.sets[i]
		set.wraps = append(slices.Clip(set.wraps), wrap)
	}
	return &wrapped
}

// Lookup parses a field reference, such as proc.aname[2], and returns the field
// and its argument. The error is a [*FieldError].
func (s *Source) Lookup(text string) (*Field, Arg, error) {
	f, arg, _, err := s.find(text)
	if err != nil {
		return nil, arg, s.withHint(err, text)
	}
	return f, arg, nil
}

// withHint adds a suggestion to an error about an unknown name.
func (s *Source) withHint(err *FieldError, text string) *FieldError {
	switch name, isPlural := strings.CutSuffix(err.Field, "s"); {
	case err.Hint != "":
	case s.Has(err.Field):
		// A list has no arguments, but one of its items may have, as container.label has.
		if e, ok := s.fields[name]; ok && isPlural && e.field.Arg != NoArg && strings.HasPrefix(text, err.Field+"[") {
			err.Hint = fmt.Sprintf("did you mean %s?", quote.Name(name+text[len(err.Field):]))
		}
	case err.Unknown:
		err.Hint = s.Hint(text)
	}
	return err
}

// Resolve returns the field that ref refers to and its extractor. The error is a
// [*FieldError].
func (s *Source) Resolve(ref *ast.Field) (*Field, Extractor, error) {
	text := ref.Name
	if ref.Arg != nil {
		text += "[" + ref.Arg.Text + "]"
	}
	f, arg, set, err := s.find(text)
	if err != nil {
		return nil, nil, s.withHint(err, text)
	}
	var (
		x    Extractor
		xerr error
	)
	if r, ok := set.FieldSet.(Resolver); ok {
		f, x, xerr = r.Resolve(f, arg)
	} else {
		x, xerr = set.Extractor(f, arg)
	}
	if xerr == nil && x == nil {
		xerr = errors.New("its field set returned no extractor")
	}
	if xerr != nil {
		return nil, nil, &FieldError{Field: ref.Name, Msg: fmt.Sprintf("field %s: %v", ref.Name, xerr)}
	}
	for _, wrap := range set.wraps {
		f, x = wrap(f, arg, x)
	}
	return f, x, nil
}

// IsReference reports whether text is a valid field reference. It returns an error
// if text names a field of the source but its argument is invalid.
func (s *Source) IsReference(text string) (bool, error) {
	// A quick answer for most values in rules.
	if group, _, dotted := strings.Cut(text, "."); !dotted || !s.groups[group] && !s.groups[""] {
		return false, nil
	}
	_, _, _, err := s.find(text)
	if err != nil && !err.Unknown {
		return false, err
	}
	return err == nil, nil
}

// find parses a field reference. As in Falco, the first set with a field whose
// name begins the text decides.
func (s *Source) find(text string) (*Field, Arg, *numberedSet, *FieldError) {
	for i := range s.sets {
		set := &s.sets[i]
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
			return f, arg, set, nil
		}
	}
	return nil, Arg{}, nil, s.unknown(text)
}

func (s *Source) unknown(text string) *FieldError {
	name, _, _ := strings.Cut(text, "[")
	if e, ok := s.fields[name]; ok && name != text {
		return &FieldError{Field: name, Unknown: true, Msg: argProblem(e.field, text[len(name):])}
	}
	return &FieldError{Field: name, Unknown: true, Msg: fmt.Sprintf("source %s has no field %s", s.name, quote.Name(name))}
}

// UnknownField returns the error for a [Namer] to return if text begins with one
// of its names but is not a field. The source fills in the message.
func UnknownField() *FieldError { return &FieldError{Unknown: true} }

// lookup parses a field reference for a set that is not a [Namer].
func (s *Source) lookup(set *numberedSet, text string) (*Field, Arg, *FieldError) {
	f := s.longest(set.id, text)
	if f == nil || set.added && len(text) != len(f.Name) && text[len(f.Name)] != '[' {
		return nil, Arg{}, nil
	}
	if isGeneric(f.Name) { // even if another set provides it
		if len(text) != len(f.Name) {
			return nil, Arg{}, UnknownField()
		}
		return f, Arg{}, nil
	}
	// Falco cuts the reference at the first space, quoted or not.
	cut, _, _ := strings.Cut(text, " ")
	name, given, bracket := strings.Cut(cut, "[")
	fail := func(msg string) (*Field, Arg, *FieldError) {
		return nil, Arg{}, &FieldError{Field: f.Name, Msg: msg}
	}
	if !bracket {
		switch {
		case f.ArgRequired:
			return fail(fmt.Sprintf("field %s needs an argument: %[1]s[…]", f.Name))
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
		return fail(noArgument(f))
	case !closed:
		return fail(invalidArgument(f, quote.Text(text[len(name):])) + ": spaces are not allowed")
	}
	arg := Arg{Present: true, Key: key}
	if f.Arg != KeyArg {
		arg.Index, arg.IsIndex = parseIndex(key)
		if f.Arg == IndexArg && !arg.IsIndex {
			return fail(fmt.Sprintf("field %s takes an index such as 0 or 1, not %s", f.Name, quote.Text(key)))
		}
	}
	if len(name)+len(key)+2 != len(text) {
		return nil, Arg{}, UnknownField()
	}
	return f, arg, nil
}

// longest returns the field of a set with the longest name that is a prefix of
// text.
func (s *Source) longest(set int, text string) *Field {
	for n := min(len(text), s.longestName); n > 0; n-- {
		if e, ok := s.fields[text[:n]]; ok && e.set == set {
			return e.field
		}
	}
	return nil
}

// parseIndex parses an index as Falco does: digits only, without leading zeros.
func parseIndex(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && text[0] != '+' && (text[0] != '0' || len(text) == 1)
}

// argProblem describes an invalid argument; brackets is the text after the name.
func argProblem(f *Field, brackets string) string {
	if f.Arg == NoArg {
		return noArgument(f)
	}
	problem := invalidArgument(f, quote.Name(brackets))
	if strings.Contains(strings.TrimSuffix(brackets, "]"), "]") {
		problem += ": a ] is not allowed"
	}
	return problem
}

func noArgument(f *Field) string { return fmt.Sprintf("field %s takes no argument", f.Name) }

func invalidArgument(f *Field, quoted string) string {
	return fmt.Sprintf("invalid argument %s of field %s", quoted, f.Name)
}

// Plugin returns the name of the Falco plugin that provides the events, and "" for
// system calls.
func (s *Source) Plugin() string {
	own := s.sets[slices.IndexFunc(s.sets, func(set numberedSet) bool { return !set.added })] // never -1: the evt fields are last
	if fields := own.Fields(); len(fields) > 0 {
		return fields[0].Plugin
	}
	return ""
}
