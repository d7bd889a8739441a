package fieldsfile

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
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
	sources, _ := Extend(nil, definitions...)
	return sources, nil
}

// Parse returns what a file says, one definition for each source, in the order
// of the file. An error is a [*diag.Diagnostic] about the first mistake, or what r
// failed with.
func Parse(r io.Reader, name string) ([]Definition, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := &file{File: yamlfile.NewFile(name, data), sources: map[string]int{}, seen: map[fieldOf]Field{}}
	if len(data) > maxSize {
		return nil, f.Errorf(nil, "the file has more than %d bytes", maxSize)
	}
	docs, bad := f.Documents()
	if bad != nil {
		return nil, bad
	}
	for _, doc := range docs {
		if err := f.document(doc); err != nil {
			return nil, err
		}
	}
	if len(f.definitions) == 0 {
		return nil, f.Errorf(nil, "the file defines no source")
	}
	return f.definitions, nil
}

// file is a file while it is read.
type file struct {
	*yamlfile.File
	definitions []Definition
	sources     map[string]int // where in definitions a source is
	fields      int            // of all definitions
	seen        map[fieldOf]Field
}

// fieldOf is a field of a source.
type fieldOf struct{ source, name string }

// add adds fields to the definition of a source, which at gives. A field may come
// twice, but who writes one file means one thing by it.
func (f *file) add(at *yamlfile.Node, source string, fields []Field) error {
	if f.fields += len(fields); f.fields > maxFields {
		return f.Errorf(at, "the file has more than %d fields, each counted for every source that has it", maxFields)
	}
	i, known := f.sources[source]
	if !known {
		if i = len(f.definitions); i == maxSources {
			return f.Errorf(at, "the file has more than %d sources", maxSources)
		}
		f.sources[source] = i
		f.definitions = append(f.definitions, Definition{Source: source})
	}
	for _, field := range fields {
		if generic.Has(field.Name) && field.Arg != fieldsets.NoArg {
			return f.ErrorfAt(field.Range, "field %s, which every source has, takes no argument", field.Name)
		}
		key := fieldOf{source, field.Name}
		if first, ok := f.seen[key]; !ok {
			f.seen[key] = field
			f.definitions[i].Fields = append(f.definitions[i].Fields, field)
		} else if !same(field.Field, first.Field) {
			return f.ErrorfAt(field.Range, "field %s of source %s is defined as two things, first in line %d", field.Name, source, first.Range.Start.Line)
		}
	}
	return nil
}

// document reads a document: a definition, or a list of them.
func (f *file) document(root *yamlfile.Node) error {
	if root.Kind != yamlfile.Sequence {
		return f.definition(root)
	}
	for _, item := range root.Content {
		if err := f.definition(item); err != nil {
			return err
		}
	}
	return nil
}

// definition reads a definition of either form.
func (f *file) definition(root *yamlfile.Node) error {
	if root.Kind != yamlfile.Mapping {
		return f.Errorf(root, "not a mapping: a file of fields has source and fields, or is what falco --list --format json prints")
	}
	for i := 0; i < len(root.Content); i += 2 {
		switch root.Content[i].Value {
		case "fieldclasses":
			return f.falcoList(root)
		case "fieldnames":
			return f.Errorf(root.Content[i], "fieldnames are names without types; call falco --list without -N")
		}
	}
	return f.source(root)
}

// source reads a definition of our own form.
func (f *file) source(root *yamlfile.Node) error {
	values, err := f.mapping(root, "a source", []string{"source", "plugin", "fields"})
	if err != nil {
		return err
	}
	for _, key := range []string{"source", "fields"} {
		if values[key] == nil {
			return f.Errorf(root, "a source needs %s", key)
		}
	}
	source, err := f.sourceName(values["source"])
	if err != nil {
		return err
	}
	plugin, err := f.pluginName(values["plugin"], "plugin")
	if err != nil {
		return err
	}
	table := values["fields"]
	if table.Kind != yamlfile.Mapping {
		return f.Errorf(table, "fields is a mapping of names to types, such as my.user: text")
	}
	fields := make([]Field, 0, len(table.Content)/2)
	for i := 0; i < len(table.Content); i += 2 {
		field, err := f.field(table.Content[i], table.Content[i+1])
		if err != nil {
			return err
		}
		field.Plugin = plugin
		fields = append(fields, field)
	}
	return f.add(root, source, fields)
}

// field reads one line of fields.
func (f *file) field(key, value *yamlfile.Node) (Field, error) {
	field := Field{Range: key.Range().In(f.Name)}
	spec, err := f.text(key, "a field")
	if err != nil {
		return field, err
	}
	if err := f.nameAndArg(&field, key, spec); err != nil {
		return field, err
	}
	if value.Kind == yamlfile.Mapping {
		values, err := f.mapping(value, "field "+field.Name, []string{"type", "desc"})
		if err != nil {
			return field, err
		}
		if values["desc"] != nil {
			if field.Desc, err = f.text(values["desc"], "desc"); err != nil {
				return field, err
			}
		}
		if values["type"] == nil {
			return field, f.Errorf(value, "field %s needs a type", field.Name)
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
func (f *file) nameAndArg(field *Field, at *yamlfile.Node, spec string) error {
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
		return f.Errorf(at, "field %s has %s as its argument; it is [key], [index] or [index|key], in parentheses where it may be left out", name, quote.Text(brackets))
	}
	return nil
}

// What Falco's lists have, and what lists of this project have beside it.
var (
	classKeys    = []string{"name", "desc", "event_sources", "fields"}
	fieldKeys    = []string{"name", "type", "desc", "is_list", "is_deprecated", "argument"}
	argumentKeys = []string{"required", "type"}
	ourKeys      = []string{"example", "flags", "hidden", "notes", "operators", "transformers"}
)

// falcoList reads the field classes that Falco prints.
func (f *file) falcoList(root *yamlfile.Node) error {
	values, err := f.mapping(root, "a list of Falco's", []string{"fieldclasses"})
	if err != nil {
		return err
	}
	classes := values["fieldclasses"]
	if classes.Kind != yamlfile.Sequence {
		return f.Errorf(classes, "fieldclasses is not a list")
	}
	for _, class := range classes.Content {
		if err := f.falcoClass(class); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) falcoClass(class *yamlfile.Node) error {
	values, err := f.mapping(class, "a field class", classKeys)
	if err != nil {
		return err
	}
	names, list := values["event_sources"], values["fields"]
	switch {
	case names == nil:
		return f.Errorf(class, "a field class needs event_sources, which say what sources its fields belong to")
	case names.Kind != yamlfile.Sequence:
		return f.Errorf(names, "event_sources is not a list")
	case list == nil:
		return f.Errorf(class, "a field class needs fields")
	case list.Kind != yamlfile.Sequence:
		return f.Errorf(list, "fields is not a list")
	}
	plugin, err := f.pluginName(values["name"], "name")
	if err != nil {
		return err
	}
	plugin, isPlugin := strings.CutSuffix(plugin, " (plugin)")
	if !isPlugin {
		plugin = ""
	}
	fields := make([]Field, len(list.Content))
	for i, n := range list.Content {
		if fields[i], err = f.falcoField(n); err != nil {
			return err
		}
		fields[i].Plugin = plugin
	}
	for _, n := range names.Content {
		source, err := f.sourceName(n)
		if err != nil {
			return err
		}
		if err := f.add(class, source, fields); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) falcoField(n *yamlfile.Node) (Field, error) {
	var field Field
	values, err := f.mapping(n, "a field", fieldKeys, ourKeys...)
	if err != nil {
		return field, err
	}
	for _, key := range []string{"name", "type"} {
		if values[key] == nil {
			return field, f.Errorf(n, "a field needs %s", key)
		}
	}
	name := values["name"]
	if field.Name, err = f.text(name, "name"); err != nil {
		return field, err
	}
	if err := f.fieldName(name, field.Name); err != nil {
		return field, err
	}
	field.Range = name.Range().In(f.Name)
	text, err := f.text(values["type"], "type")
	if err != nil {
		return field, err
	}
	if field.Type, err = f.typeOf(values["type"], text); err != nil {
		return field, err
	}
	if field.List, err = f.flag(values, "is_list"); err != nil {
		return field, err
	}
	if field.Deprecated, err = f.flag(values, "is_deprecated"); err != nil {
		return field, err
	}
	if desc := values["desc"]; desc != nil && !desc.IsNull() {
		if field.Desc, err = f.text(desc, "desc"); err != nil {
			return field, err
		}
	}
	if arg := values["argument"]; arg != nil && !arg.IsNull() {
		err = f.falcoArgument(&field, arg)
	}
	return field, err
}

// falcoArgument reads what a field has as its argument.
func (f *file) falcoArgument(field *Field, n *yamlfile.Node) error {
	values, err := f.mapping(n, "an argument", argumentKeys)
	if err != nil {
		return err
	}
	if field.ArgRequired, err = f.flag(values, "required"); err != nil {
		return err
	}
	field.Arg = fieldsets.CustomArg
	kinds := values["type"]
	if kinds == nil {
		return nil
	}
	if kinds.Kind != yamlfile.Sequence {
		return f.Errorf(kinds, "the type of an argument is a list: INDEX, KEY, both or empty")
	}
	var index, key bool
	for _, k := range kinds.Content {
		switch k.Value {
		case "INDEX":
			index = true
		case "KEY":
			key = true
		default:
			return f.Errorf(k, "the type of an argument is INDEX or KEY, not %s", quote.Text(k.Value))
		}
	}
	switch {
	case index && key:
		field.Arg = fieldsets.IndexOrKeyArg
	case index:
		field.Arg = fieldsets.IndexArg
	case key:
		field.Arg = fieldsets.KeyArg
	}
	return nil
}

// mapping returns the values of a mapping with no keys but those given; of the
// further ones messages do not speak.
func (f *file) mapping(n *yamlfile.Node, what string, keys []string, further ...string) (map[string]*yamlfile.Node, error) {
	if n.Kind != yamlfile.Mapping {
		return nil, f.Errorf(n, "%s is a mapping with %s", what, strings.Join(keys, ", "))
	}
	values := map[string]*yamlfile.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yamlfile.Scalar || !slices.Contains(keys, key.Value) && !slices.Contains(further, key.Value):
			err := f.Errorf(key, "%s has no key %s, but %s", what, quote.Text(key.Value), strings.Join(keys, ", "))
			err.Hint = suggest.Hint(key.Value, slices.Values(keys))
			return nil, err
		case values[key.Value] != nil:
			return nil, f.Errorf(key, "%s has %s twice", what, key.Value)
		}
		values[key.Value] = n.Content[i+1]
	}
	return values, nil
}

func (f *file) text(n *yamlfile.Node, what string) (string, error) {
	if n.Kind != yamlfile.Scalar || n.IsNull() {
		return "", f.Errorf(n, "%s is not text but %s", what, n.Describe())
	}
	return n.Value, nil
}

// flag returns the truth under a key, false where the key is missing.
func (f *file) flag(values map[string]*yamlfile.Node, key string) (bool, error) {
	n := values[key]
	if n == nil {
		return false, nil
	}
	b, err := strconv.ParseBool(n.Value)
	if n.Kind != yamlfile.Scalar || err != nil {
		return false, f.Errorf(n, "%s is true or false, not %s", key, quote.Text(n.Value))
	}
	return b, nil
}

func (f *file) sourceName(n *yamlfile.Node) (string, error) {
	if n.Kind == yamlfile.Sequence {
		return "", f.Errorf(n, "source is one name: write a document, or an item of a list, for each source")
	}
	name, err := f.text(n, "source")
	if err != nil {
		return "", err
	}
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' }) {
		return "", f.Errorf(n, "%s cannot be the name of a source, which has up to %d bytes and no blanks", quote.Text(name), maxName)
	}
	return name, nil
}

// pluginName reads the name of a plugin; no node is no name.
func (f *file) pluginName(n *yamlfile.Node, what string) (string, error) {
	if n == nil {
		return "", nil
	}
	name, err := f.text(n, what)
	if err != nil {
		return "", err
	}
	if len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", f.Errorf(n, "%s cannot be a name, which has up to %d bytes that print", quote.Text(name), maxName)
	}
	return name, nil
}

// namePattern is what the language reads as the name of a field.
var namePattern = regexp.MustCompile(`^[a-zA-Z]+[a-zA-Z0-9_]*(\.[a-zA-Z]+[a-zA-Z0-9_]*)+$`)

func (f *file) fieldName(at *yamlfile.Node, name string) error {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return f.Errorf(at, "%s cannot be the name of a field, which has two or more words with dots between, such as my.user", quote.Text(name))
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

func (f *file) typeOf(at *yamlfile.Node, text string) (fieldsets.Type, error) {
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
	err := f.Errorf(at, "no type is called %s", quote.Text(text))
	if err.Hint = suggest.Hint(text, slices.Values(names)); err.Hint == "" {
		err.Hint = "there are " + strings.Join(names, ", ") + ", and Falco's"
	}
	return 0, err
}
