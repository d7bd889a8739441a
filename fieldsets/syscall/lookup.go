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

// argReader parses the argument at the start of rest, the text after the name of a field.
// It returns the argument and its length in rest.
type argReader func(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error)

// readerOf returns the parser for the argument of a field with a CustomArg.
func readerOf(name string) argReader {
	switch name {
	case "evt.arg":
		return eventArg
	case "evt.rawarg":
		return rawArg
	case "evt.around":
		return bracketed("a time in nanoseconds", number(scan.Uint64))
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

// Lookup implements [fieldsets.Namer].
func (s *fieldSet) Lookup(text string) (*fieldsets.Field, fieldsets.Arg, *fieldsets.FieldError) {
	var f *fieldsets.Field
	for n := min(len(text), s.longest); n > 0 && f == nil; n-- {
		f = s.byName[text[:n]]
	}
	switch {
	case f == nil && strings.HasPrefix(text, "arg"):
		// Falco reserves these names.
		name, _, _ := strings.Cut(text, "[")
		err := &fieldsets.FieldError{Field: name, Msg: fmt.Sprintf("source %s has no field %s: names cannot begin with arg", SourceName, quote.Name(name))}
		if field := s.Suggest(name); field != "" {
			err.Hint = fmt.Sprintf("did you mean %s?", field)
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
		param, _ := EventParam(arg.Key) // exists, as rawArg has checked
		typed.Type, typed.Print = param.Type, param.Print
		if typed.Type == fieldsets.ByteBuf {
			typed.CheckValue = noBytes
		}
		f = &typed
	}
	return f, arg, nil
}

// paramGroups are prefixes that people write instead of evt.arg.
var paramGroups = []string{"evt.args.", "evt.param.", "evt.params.", "evt.argument.", "syscall.arg.", "syscall.args.", "args.", "arg.", "event.arg.", "event.args."}

// pathParams are the names of parameters with paths, and pathWords the names that people
// use for them.
var (
	pathParams = []string{"name", "path", "filename"}
	pathWords  = []string{"pathname", "filename", "path", "file", "name"}
)

// Suggest returns a reference to the parameter that was most likely meant: evt.arg.flags
// for openat.flags or evt.args.flags.
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
			if similar := suggestParam(param); similar != "" {
				return group + similar
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
	case slices.Contains(pathWords, param):
		if i := slices.IndexFunc(pathParams, has); i >= 0 {
			return "evt.arg." + pathParams[i]
		}
	}
	return ""
}

// noBytes rejects all values, because Falco accepts none for parameters with bytes.
func noBytes(ast.Operator, string) error {
	return &fieldsets.FieldError{
		Field: "evt.rawarg", Msg: "evt.rawarg cannot be compared if the parameter has bytes", Hint: "use evt.arg or evt.buffer",
	}
}

// bracketed parses an argument in brackets with read.
func bracketed(what string, read func(string) (fieldsets.Arg, bool)) argReader {
	return func(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
		if !strings.HasPrefix(rest, "[") {
			return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs %s in brackets: %[1]s[…]", f.Name, what)
		}
		key, _, closed := strings.Cut(rest[1:], "]")
		arg, ok := read(key)
		if !ok || !closed {
			return fieldsets.Arg{}, 0, fmt.Errorf("invalid argument %s of field %s: want %s", quote.Text(key), f.Name, what)
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

// ifPresent is like optional but returns an error for an invalid argument in brackets.
func ifPresent(read argReader) argReader {
	return func(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
		if !strings.HasPrefix(rest, "[") {
			return fieldsets.Arg{}, 0, nil
		}
		return read(f, rest)
	}
}

// number parses a numeric argument with scan.
func number[N int32 | int64 | uint64](scan func(string) (N, bool)) func(string) (fieldsets.Arg, bool) {
	return func(key string) (fieldsets.Arg, bool) {
		n, ok := scan(key)
		return fieldsets.Arg{Present: true, Key: key, IsIndex: true, Index: uint64(n)}, ok
	}
}

// int32Of parses a number and, like Falco, truncates it to 32 bits.
func int32Of(text string) (int32, bool) {
	n, ok := scan.Int64(text)
	return int32(n), ok
}

// environment parses the argument of proc.env and proc.aenv: a number of an ancestor or
// the name of a variable.
func environment(key string) (fieldsets.Arg, bool) {
	if key != "" && strings.Trim(key, "0123456789") == "" {
		return number(int32Of)(key)
	}
	return fieldsets.Arg{Present: true, Key: key}, true
}

// eventArg parses evt.arg.NAME and evt.arg[N].
func eventArg(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	if strings.HasPrefix(rest, ".") {
		return parameter(f, rest)
	}
	if strings.HasPrefix(rest, "[") {
		return bracketed("a number", number(int32Of))(f, rest)
	}
	return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs the name or number of a parameter: %[1]s.fd, %[1]s[0]", f.Name)
}

// rawArg parses evt.rawarg.NAME.
func rawArg(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	if strings.HasPrefix(rest, ".") {
		return parameter(f, rest)
	}
	return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs the name of a parameter: %[1]s.fd", f.Name)
}

// parameter parses the longest name of a parameter at the start of rest.
func parameter(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	for n := min(len(rest), len(".")+longestParam()); n > 1; n-- {
		if _, ok := EventParam(rest[1:n]); ok {
			return fieldsets.Arg{Present: true, Named: true, Key: rest[1:n]}, n, nil
		}
	}
	name := rest[1:]
	err := &fieldsets.FieldError{Field: f.Name, Msg: fmt.Sprintf("%s: no event has a parameter %s", f.Name, quote.Name(name))}
	if similar := suggestParam(name); similar != "" {
		err.Hint = fmt.Sprintf("did you mean %s.%s?", f.Name, similar)
	}
	return fieldsets.Arg{}, 0, err
}

// suggestParam returns the parameter that was most likely meant, or "".
func suggestParam(name string) string { return suggest.Parameter(name, maps.Keys(events().params)) }

// longestParam returns the length of the longest name of a parameter.
var longestParam = sync.OnceValue(func() int {
	n := 0
	for name := range events().params {
		n = max(n, len(name))
	}
	return n
})

// pathArg parses evt.abspath, evt.abspath.src and evt.abspath.dst.
func pathArg(_ *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	for _, end := range []string{"src", "dst"} {
		if strings.HasPrefix(rest, "."+end) {
			return fieldsets.Arg{Present: true, Named: true, Key: end}, len(".") + len(end), nil
		}
	}
	return fieldsets.Arg{}, 0, nil
}

// typeArg parses evt.type.is.NAME with the name or the code of an event.
func typeArg(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	name, ok := strings.CutPrefix(rest, ".")
	if !ok {
		return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs an event type: %[1]s.open", f.Name)
	}
	if n, ok := scan.Uint64(name); ok {
		return fieldsets.Arg{Present: true, Named: true, Key: name, IsIndex: true, Index: uint64(uint32(n))}, len(rest), nil
	}
	if !slices.ContainsFunc(events().codes, func(e EventCode) bool { return e.Name == name }) {
		return fieldsets.Arg{}, 0, nil
	}
	return fieldsets.Arg{Present: true, Named: true, Key: name}, len(rest), nil
}

// subsystem parses thread.cgroup.NAME, where the name has letters and underscores.
func subsystem(f *fieldsets.Field, rest string) (fieldsets.Arg, int, error) {
	name, ok := strings.CutPrefix(rest, ".")
	if !ok {
		return fieldsets.Arg{}, 0, fmt.Errorf("field %s needs the name of a subsystem: %[1]s.cpuset", f.Name)
	}
	if i := strings.IndexFunc(name, func(r rune) bool { return r != '_' && (r|0x20 < 'a' || r|0x20 > 'z') }); i >= 0 {
		name = name[:i]
	}
	return fieldsets.Arg{Present: true, Named: true, Key: name}, len(".") + len(name), nil
}
