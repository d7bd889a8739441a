package fieldsfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/falcoyaml"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
)

// Limits, far above what any plugin has.
const (
	maxSize = 8 << 20 // of a file, in bytes
	maxName = 255
	// A list of n sources with m fields stands for n times m fields.
	maxSources = 1000
	maxFields  = 100_000
)

// Read returns the sources of a file, each with the fields that every source of
// a plugin has. The name stands in errors; they are those of [Parse].
func Read(r io.Reader, name string) ([]*fieldsets.Source, error) {
	definitions, err := Parse(r, name)
	if err != nil {
		return nil, err
	}
	return Extend(nil, definitions...), nil
}

// Parse returns what a file says, one definition for each source, in the order
// of the file. An error is an [*Error] about the first mistake, or what r failed
// with.
func Parse(r io.Reader, name string) ([]Definition, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := &file{name: name}
	if len(data) > maxSize {
		return nil, f.errorAt(0, 0, "the file has more than %d bytes", maxSize)
	}
	if _, _, bad := falcoyaml.Parse(string(falcoyaml.Decode(data))); bad != nil { // with better words
		return nil, f.errorAt(bad.Line+1, bad.Column+1, "%s", bad.Message)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			if len(f.definitions) == 0 {
				return nil, f.errorAt(0, 0, "the file defines no source")
			}
			return f.definitions, nil
		case err != nil:
			return nil, f.yamlError(err)
		case len(doc.Content) == 0 || isNull(doc.Content[0]):
			continue
		}
		if err := f.document(doc.Content[0]); err != nil {
			return nil, err
		}
	}
}

// file is a file while it is read.
type file struct {
	name        string
	definitions []Definition
	fields      int // of all definitions
}

func (f *file) errorAt(line, column int, format string, args ...any) *Error {
	return &Error{File: f.name, Line: line, Column: column, Msg: fmt.Sprintf(format, args...)}
}

func (f *file) fail(at *yaml.Node, format string, args ...any) *Error {
	return f.errorAt(at.Line, at.Column, format, args...)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (f *file) yamlError(err error) *Error {
	msg, line := err.Error(), 0
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		msg = strings.TrimPrefix(msg, m[0])
		line, _ = strconv.Atoi(m[1])
	}
	return f.errorAt(line, 0, "%s", msg)
}

// add adds fields to the definition of a source, which at gives.
func (f *file) add(at *yaml.Node, source string, fields ...fieldsets.Field) error {
	if f.fields += len(fields); f.fields > maxFields {
		return f.fail(at, "the file has more than %d fields, each counted for every source that has it", maxFields)
	}
	i := slices.IndexFunc(f.definitions, func(d Definition) bool { return d.Source == source })
	if i < 0 {
		if i = len(f.definitions); i == maxSources {
			return f.fail(at, "the file has more than %d sources", maxSources)
		}
		f.definitions = append(f.definitions, Definition{Source: source})
	}
	f.definitions[i].Fields = append(f.definitions[i].Fields, fields...)
	return nil
}

func (f *file) document(root *yaml.Node) error {
	if root.Kind != yaml.MappingNode {
		return f.fail(root, "not a mapping: a file of fields has source and fields, or is what falco --list --format json prints")
	}
	for i := 0; i < len(root.Content); i += 2 {
		if root.Content[i].Value == "fieldclasses" {
			return f.falcoList(root.Content[i+1])
		}
	}
	return f.source(root)
}

// source reads a document of our own form.
func (f *file) source(root *yaml.Node) error {
	values, err := f.mapping(root, "a source", "source", "plugin", "fields")
	if err != nil {
		return err
	}
	for _, key := range []string{"source", "fields"} {
		if values[key] == nil {
			return f.fail(root, "a source needs %s", key)
		}
	}
	source, err := f.sourceName(values["source"])
	if err != nil {
		return err
	}
	plugin := ""
	if values["plugin"] != nil {
		if plugin, err = f.text(values["plugin"], "plugin"); err != nil {
			return err
		}
	}
	table := values["fields"]
	if table.Kind != yaml.MappingNode {
		return f.fail(table, "fields is a mapping of names to types, such as my.user: text")
	}
	seen := map[string]*yaml.Node{}
	fields := make([]fieldsets.Field, 0, len(table.Content)/2)
	for i := 0; i < len(table.Content); i += 2 {
		key := table.Content[i]
		field, err := f.field(key, table.Content[i+1])
		if err != nil {
			return err
		}
		if first, ok := seen[field.Name]; ok {
			return f.fail(key, "field %s is defined twice, first in line %d", field.Name, first.Line)
		}
		seen[field.Name] = key
		field.Plugin = plugin
		fields = append(fields, field)
	}
	return f.add(root, source, fields...)
}

// field reads one line of fields.
func (f *file) field(key, value *yaml.Node) (fieldsets.Field, error) {
	var field fieldsets.Field
	spec, err := f.text(key, "a field")
	if err != nil {
		return field, err
	}
	if err := f.nameAndArg(&field, key, spec); err != nil {
		return field, err
	}
	if value.Kind == yaml.MappingNode {
		values, err := f.mapping(value, "field "+field.Name, "type", "desc")
		if err != nil {
			return field, err
		}
		if values["desc"] != nil {
			if field.Desc, err = f.text(values["desc"], "desc"); err != nil {
				return field, err
			}
		}
		if values["type"] == nil {
			return field, f.fail(value, "field %s needs a type", field.Name)
		}
		value = values["type"]
	}
	text, err := f.text(value, "the type of "+field.Name)
	if err != nil {
		return field, err
	}
	if element, ok := strings.CutPrefix(text, "list of "); ok {
		field.List, text = true, strings.TrimSpace(element)
	}
	field.Type, err = f.typeOf(value, text)
	return field, err
}

// arguments are the kinds of arguments by what stands in the brackets.
var arguments = map[string]fieldsets.ArgKind{
	"key": fieldsets.KeyArg, "index": fieldsets.IndexArg, "index|key": fieldsets.IndexOrKeyArg, "key|index": fieldsets.IndexOrKeyArg,
}

// nameAndArg reads the left side of a line: a name with an argument behind it.
func (f *file) nameAndArg(field *fieldsets.Field, at *yaml.Node, spec string) error {
	name, brackets := spec, ""
	if i := strings.IndexAny(spec, "(["); i >= 0 {
		name, brackets = spec[:i], spec[i:]
	}
	if err := f.fieldName(at, name); err != nil {
		return err
	}
	field.Name = name
	if brackets == "" {
		return nil
	}
	field.ArgRequired = true
	word := brackets
	if strings.HasPrefix(word, "(") && strings.HasSuffix(word, ")") {
		field.ArgRequired = false
		word = word[1 : len(word)-1]
	}
	var ok bool
	if strings.HasPrefix(word, "[") && strings.HasSuffix(word, "]") {
		field.Arg, ok = arguments[strings.ToLower(word[1:len(word)-1])]
	}
	if !ok {
		return f.fail(at, "field %s has %s as its argument; it is [key], [index] or [index|key], in parentheses where it may be left out", name, quote.Text(brackets))
	}
	return nil
}

// falcoList reads the field classes that Falco prints. Keys that are not known
// are left alone.
func (f *file) falcoList(classes *yaml.Node) error {
	if classes.Kind != yaml.SequenceNode {
		return f.fail(classes, "fieldclasses is not a list")
	}
	for _, class := range classes.Content {
		if class.Kind != yaml.MappingNode {
			return f.fail(class, "the field class is not a mapping")
		}
		names := value(class, "event_sources")
		if names == nil || names.Kind != yaml.SequenceNode {
			return f.fail(class, "the field class has no event_sources, which say what sources its fields belong to")
		}
		sources := make([]string, len(names.Content))
		for i, n := range names.Content {
			var err error
			if sources[i], err = f.sourceName(n); err != nil {
				return err
			}
		}
		plugin := ""
		if n := value(class, "name"); n != nil && n.Kind == yaml.ScalarNode {
			if name, ok := strings.CutSuffix(n.Value, " (plugin)"); ok {
				plugin = name
			}
		}
		list := value(class, "fields")
		if list == nil || list.Kind != yaml.SequenceNode {
			return f.fail(class, "the field class has no fields")
		}
		fields := make([]fieldsets.Field, len(list.Content))
		for i, n := range list.Content {
			var err error
			if fields[i], err = f.falcoField(n); err != nil {
				return err
			}
			fields[i].Plugin = plugin
		}
		for _, source := range sources {
			if err := f.add(class, source, fields...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *file) falcoField(n *yaml.Node) (fieldsets.Field, error) {
	var field fieldsets.Field
	if n.Kind != yaml.MappingNode {
		return field, f.fail(n, "the field is not a mapping")
	}
	name, typ := value(n, "name"), value(n, "type")
	if name == nil || typ == nil {
		return field, f.fail(n, "the field has no name or no type")
	}
	var err error
	if field.Name, err = f.text(name, "name"); err != nil {
		return field, err
	}
	if err := f.fieldName(name, field.Name); err != nil {
		return field, err
	}
	text, err := f.text(typ, "type")
	if err != nil {
		return field, err
	}
	if field.Type, err = f.typeOf(typ, text); err != nil {
		return field, err
	}
	if list := value(n, "is_list"); list != nil {
		if field.List, err = f.boolean(list, "is_list"); err != nil {
			return field, err
		}
	}
	if desc := value(n, "desc"); desc != nil && desc.Kind == yaml.ScalarNode {
		field.Desc = desc.Value
	}
	arg := value(n, "argument")
	if arg == nil || isNull(arg) {
		return field, nil
	}
	if arg.Kind != yaml.MappingNode {
		return field, f.fail(arg, "argument is null, or a mapping with required and type")
	}
	if required := value(arg, "required"); required != nil {
		if field.ArgRequired, err = f.boolean(required, "required"); err != nil {
			return field, err
		}
	}
	field.Arg = fieldsets.OwnArg
	if kinds := value(arg, "type"); kinds != nil {
		var index, key bool
		for _, k := range kinds.Content {
			index = index || k.Value == "INDEX"
			key = key || k.Value == "KEY"
		}
		switch {
		case index && key:
			field.Arg = fieldsets.IndexOrKeyArg
		case index:
			field.Arg = fieldsets.IndexArg
		case key:
			field.Arg = fieldsets.KeyArg
		}
	}
	return field, nil
}

// mapping returns the values of a mapping with no keys but those given.
func (f *file) mapping(n *yaml.Node, what string, keys ...string) (map[string]*yaml.Node, error) {
	values := map[string]*yaml.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || !slices.Contains(keys, key.Value):
			err := f.fail(key, "%s has no key %s, but %s", what, quote.Text(key.Value), strings.Join(keys, ", "))
			err.Hint = suggest.Hint(key.Value, slices.Values(keys))
			return nil, err
		case values[key.Value] != nil:
			return nil, f.fail(key, "%s has %s twice", what, key.Value)
		}
		values[key.Value] = n.Content[i+1]
	}
	return values, nil
}

// value returns what a mapping has under a key, nil for nothing.
func value(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func (f *file) text(n *yaml.Node, what string) (string, error) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		return "", f.fail(n, "%s is a text, and not %s", what, kindOf(n))
	}
	return n.Value, nil
}

func (f *file) boolean(n *yaml.Node, what string) (bool, error) {
	b, err := strconv.ParseBool(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		return false, f.fail(n, "%s is true or false, not %s", what, quote.Text(n.Value))
	}
	return b, nil
}

func (f *file) sourceName(n *yaml.Node) (string, error) {
	name, err := f.text(n, "source")
	if err != nil {
		return "", err
	}
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", f.fail(n, "%s cannot be the name of a source, which has up to %d bytes and no blanks", quote.Text(name), maxName)
	}
	return name, nil
}

// namePattern is what the language reads as the name of a field.
var namePattern = regexp.MustCompile(`^[a-zA-Z]+[a-zA-Z0-9_]*(\.[a-zA-Z]+[a-zA-Z0-9_]*)+$`)

func (f *file) fieldName(at *yaml.Node, name string) error {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return f.fail(at, "%s cannot be the name of a field, which has two or more words with dots between, such as my.user", quote.Text(name))
	}
	return nil
}

// words are our names of types.
var words = map[string]fieldsets.Type{
	"text": fieldsets.CharBuf, "string": fieldsets.CharBuf, "path": fieldsets.FSPath, "bytes": fieldsets.ByteBuf,
	"number": fieldsets.Uint64, "integer": fieldsets.Int64, "float": fieldsets.Double, "bool": fieldsets.Bool,
	"time": fieldsets.AbsTime, "duration": fieldsets.RelTime, "port": fieldsets.Port,
	"address": fieldsets.IPAddr, "network": fieldsets.IPNet,
}

func (f *file) typeOf(at *yaml.Node, text string) (fieldsets.Type, error) {
	if t, ok := words[text]; ok {
		return t, nil
	}
	if t, ok := fieldsets.ParseType(strings.ToUpper(text)); ok && t != fieldsets.NoType {
		return t, nil
	}
	names := make([]string, 0, len(words))
	for w := range words {
		names = append(names, w)
	}
	slices.Sort(names)
	err := f.fail(at, "no type is called %s", quote.Text(text))
	if err.Hint = suggest.Hint(text, slices.Values(names)); err.Hint == "" {
		err.Hint = "there are " + strings.Join(names, ", ") + ", and Falco's"
	}
	return 0, err
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.AliasNode:
		return "an alias"
	}
	return "nothing"
}
