package syscall

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/internal/suggest"
)

// argReader reads what follows the name of a field, which it begins with. It
// returns the argument and how much of the text it is.
type argReader func(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error)

// readerOf returns what reads the argument of a field that has its own.
func readerOf(name string) argReader {
	switch name {
	case "evt.arg":
		return eventArg
	case "evt.rawarg":
		return rawArg
	case "evt.around":
		return bracketed("a number of milliseconds", number(scan.Uint64))
	case "evt.abspath":
		return pathArg
	case "evt.type.is":
		return typeArg
	case "thread.cgroup":
		return subsystem
	case "proc.env", "proc.aenv":
		return optional(bracketed("the name of a variable or a number", environment))
	case "fd.types":
		return ifPresent(bracketed("a number", number(scan.Int64)))
	}
	// The fields of ancestors, and proc.args.
	return optional(bracketed("a number", number(int32Of)))
}

// Lookup finds the field that text refers to.
func (s *fieldSet) Lookup(text string) (*fieldsets.Field, fieldsets.Arg, *fieldsets.FieldError) {
	var f *fieldsets.Field
	for n := min(len(text), s.longest); n > 0 && f == nil; n-- {
		f = s.byName[text[:n]]
	}
	switch {
	case f == nil && strings.HasPrefix(text, "arg"):
		// Falco keeps these names for itself.
		name, _, _ := strings.Cut(text, "[")
		err := &fieldsets.FieldError{Field: name, Msg: fmt.Sprintf("source %s has no field %s: no name begins with arg", SourceName, quote.Name(name))}
		if meant := s.Suggest(name); meant != "" {
			err.Hint = fmt.Sprintf("did you mean %s?", meant)
		}
		return nil, fieldsets.Arg{}, err
	case f == nil:
		return nil, fieldsets.Arg{}, nil
	case f.Arg != fieldsets.CustomArg:
		if text != f.Name {
			return nil, fieldsets.Arg{}, fieldsets.UnknownField()
		}
		return f, fieldsets.Arg{}, nil
	}
	arg, n, err := readerOf(f.Name)(f, text[len(f.Name):])
	var bad *fieldsets.FieldError
	switch {
	case errors.As(err, &bad):
		return nil, arg, bad
	case err != nil:
		return nil, arg, &fieldsets.FieldError{Field: f.Name, Msg: err.Error()}
	case len(f.Name)+n != len(text):
		return nil, arg, fieldsets.UnknownField()
	}
	if f.Type == fieldsets.Dynamic {
		typed := *f
		param, _ := EventParam(arg.Key) // the lookup found it
		typed.Type, typed.Print = param.Type, param.Print
		if typed.Type == fieldsets.ByteBuf {
			typed.CheckValue = noBytes
		}
		f = &typed
	}
	return f, arg, nil
}

// paramGroups are what people write for evt.arg.
var paramGroups = []string{"evt.args.", "evt.param.", "evt.params.", "evt.argument.", "syscall.arg.", "syscall.args.", "args.", "arg.", "event.arg.", "event.args."}

// pathParams are the parameters that events have a path in, and what people call
// them.
var (
	pathParams    = []string{"name", "path", "filename"}
	pathParamWord = []string{"pathname", "filename", "path", "file", "name"}
)

// Suggest returns the parameter of an event that a name means: evt.arg.flags for
// openat.flags and for evt.args.flags.
func (s *fieldSet) Suggest(name string) string {
	for _, group := range paramGroups {
		if param, ok := strings.CutPrefix(name, group); ok {
			if _, ok := EventParam(param); ok {
				return "evt.arg." + param
			}
		}
	}
	for _, group := range []string{"evt.arg.", "evt.rawarg."} {
		if param, ok := strings.CutPrefix(name, group); ok {
			if meant := parameterMeant(param); meant != "" {
				return group + meant
			}
			return ""
		}
	}
	event, param, _ := strings.Cut(name, ".")
	params := events().last[event]
	has := func(name string) bool {
		return slices.ContainsFunc(params, func(p Param) bool { return p.Name == name })
	}
	switch {
	case has(param):
		return "evt.arg." + param
	case slices.Contains(pathParamWord, param):
		if i := slices.IndexFunc(pathParams, has); i >= 0 {
			return "evt.arg." + pathParams[i]
		}
	}
	return ""
}

// noBytes refuses all constants: Falco reads none for parameters that are bytes.
func noBytes(ast.Operator, string) error {
	return errors.New("evt.rawarg cannot be compared where the parameter is bytes; evt.arg and evt.buffer can")
}

// bracketed reads an argument in brackets, which read makes an Arg of.
func bracketed(what string, read func(string) (fieldsets.Arg, bool)) argReader {
	return func(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
		if !strings.HasPrefix(rest, "[") {
			return fieldsets.Arg{}, 0, fmt.Errorf("field %s takes %s in brackets: %s[…]", f.Name, what, f.Name)
		}
		key, _, closed := strings.Cut(rest[1:], "]")
		arg, ok := read(key)
		if !ok || !closed {
			return fieldsets.Arg{}, 0, fmt.Errorf("field %s takes %s in its brackets, not %s", f.Name, what, quote.Text(key))
		}
		return arg, len(key) + len("[]"), nil
	}
}

// optional parses an argument if there is one and otherwise consumes nothing.
func optional(read argReader) argReader {
	return func(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
		if arg, n, err := read(f, rest); err == nil {
			return arg, n, nil
		}
		return fieldsets.Arg{}, 0, nil
	}
}

// ifPresent is optional, but an argument that is none is an error.
func ifPresent(read argReader) argReader {
	return func(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
		if !strings.HasPrefix(rest, "[") {
			return fieldsets.Arg{}, 0, nil
		}
		return read(f, rest)
	}
}

// number makes an argument of what scan reads.
func number[N int32 | int64 | uint64](scan func(string) (N, bool)) func(string) (fieldsets.Arg, bool) {
	return func(key string) (fieldsets.Arg, bool) {
		n, ok := scan(key)
		return fieldsets.Arg{Present: true, Key: key, IsIndex: true, Index: uint64(n)}, ok
	}
}

// int32Of reads a number and cuts it to 32 bits, as Falco does.
func int32Of(text string) (int32, bool) {
	n, ok := scan.Int64(text)
	return int32(n), ok
}

// environment reads the argument of proc.env: digits are the number of an
// ancestor, anything else is a name.
func environment(key string) (fieldsets.Arg, bool) {
	if key != "" && strings.Trim(key, "0123456789") == "" {
		return number(int32Of)(key)
	}
	return fieldsets.Arg{Present: true, Key: key}, true
}

// eventArg reads evt.arg.NAME and evt.arg[N].
func eventArg(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	if strings.HasPrefix(rest, ".") {
		return parameter(f, rest)
	}
	if strings.HasPrefix(rest, "[") {
		return bracketed("a number", number(int32Of))(f, rest)
	}
	return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs a parameter's name or number: %s.fd, %s[0]", f.Name, f.Name, f.Name)
}

// rawArg reads evt.rawarg.NAME.
func rawArg(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	if strings.HasPrefix(rest, ".") {
		return parameter(f, rest)
	}
	return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs a parameter's name: %s.fd", f.Name, f.Name)
}

// parameter reads the longest name of a parameter.
func parameter(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	for n := min(len(rest), len(".")+longestParam()); n > 1; n-- {
		if _, ok := EventParam(rest[1:n]); ok {
			return fieldsets.Arg{Present: true, Named: true, Key: rest[1:n]}, n, nil
		}
	}
	name := rest[1:]
	err := &fieldsets.FieldError{Field: f.Name, Msg: fmt.Sprintf("no event has a parameter %s for %s", quote.Name(name), f.Name)}
	if meant := parameterMeant(name); meant != "" {
		err.Hint = fmt.Sprintf("did you mean %s.%s?", f.Name, meant)
	}
	return fieldsets.Arg{}, 0, err
}

// parameterMeant returns the parameter that a name means that is none, or nothing.
func parameterMeant(name string) string { return suggest.Parameter(name, maps.Keys(events().params)) }

// longestParam is the length of the longest name of a parameter.
var longestParam = sync.OnceValue(func() int {
	n := 0
	for name := range events().params {
		n = max(n, len(name))
	}
	return n
})

// pathArg reads evt.abspath, evt.abspath.src and evt.abspath.dst.
func pathArg(_ *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	for _, end := range []string{"src", "dst"} {
		if strings.HasPrefix(rest, "."+end) {
			return fieldsets.Arg{Present: true, Named: true, Key: end}, len(".") + len(end), nil
		}
	}
	return fieldsets.Arg{}, 0, nil
}

// typeArg reads evt.type.is.NAME; the name is that of an event, or its code.
func typeArg(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	name, ok := strings.CutPrefix(rest, ".")
	if !ok {
		return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs an event type: %s.open", f.Name, f.Name)
	}
	if n, ok := scan.Uint64(name); ok {
		return fieldsets.Arg{Present: true, Named: true, Key: name, IsIndex: true, Index: uint64(uint32(n))}, len(rest), nil
	}
	if !slices.ContainsFunc(events().codes, func(e event) bool { return e.name == name }) {
		return fieldsets.Arg{}, 0, nil
	}
	return fieldsets.Arg{Present: true, Named: true, Key: name}, len(rest), nil
}

// subsystem reads thread.cgroup.NAME: letters and _.
func subsystem(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	name, ok := strings.CutPrefix(rest, ".")
	if !ok {
		return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs the name of a subsystem: %s.cpuset", f.Name, f.Name)
	}
	if i := strings.IndexFunc(name, func(r rune) bool { return r != '_' && (r|0x20 < 'a' || r|0x20 > 'z') }); i >= 0 {
		name = name[:i]
	}
	return fieldsets.Arg{Present: true, Named: true, Key: name}, len(".") + len(name), nil
}
