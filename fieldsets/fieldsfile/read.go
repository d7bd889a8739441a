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

// Limits of a fields file, far above those of any plugin.
const (
	maxSize = 8 << 20 // in bytes
	maxName = 255     // in bytes
	// A field class with n sources and m fields defines n*m fields.
	maxSources = 1000
	maxFields  = 100_000
)

// Read reads a fields file and returns its sources, including the fields of all plugins.
// The name is for errors, which are those of [Parse].
func Read(r io.Reader, name string) ([]*fieldsets.Source, error) {
	definitions, err := Parse(r, name)
	if err != nil {
		return nil, err
	}
	sources, _ := Extend(nil, definitions...)
	return sources, nil
}

// Parse reads a fields file and returns a definition for each source, in the order of the
// file. The error is a [*diag.Diagnostic] about the first mistake, or an error of r.
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

// file is a file that is being parsed.
type file struct {
	*yamlfile.File
	definitions []Definition
	sources     map[string]int // indexes of sources in definitions
	fields      int            // of all definitions
	seen        map[fieldOf]Field
}

type fieldOf struct{ source, name string }

// add adds fields to the definition of a source. The node at is for errors.
func (f *file) add(at *yamlfile.Node, source string, fields []Field) error {
	if f.fields += len(fields); f.fields > maxFields {
		return f.Errorf(at, "the file has more than %d fields in all sources together", maxFields)
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
			return f.ErrorfAt(field.Range, "field %s, which all sources have, takes no argument", field.Name)
		}
		key := fieldOf{source, field.Name}
		if first, ok := f.seen[key]; !ok {
			f.seen[key] = field
			f.definitions[i].Fields = append(f.definitions[i].Fields, field)
		} else if !same(field.Field, first.Field) {
			return f.ErrorfAt(field.Range, "field %s of source %s is defined differently on line %d", field.Name, source, first.Range.Start.Line)
		}
	}
	return nil
}

// document parses a document, which is a definition or a list of definitions.
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

// definition parses a definition in YAML or in the output of Falco.
func (f *file) definition(root *yamlfile.Node) error {
	if root.Kind != yamlfile.Mapping {
		return f.Errorf(root, "invalid fields file: want source and fields, or the output of falco --list --format json")
	}
	for i := 0; i < len(root.Content); i += 2 {
		switch root.Content[i].Value {
		case "fieldclasses":
			return f.falcoList(root)
		case "fieldnames":
			err := f.Errorf(root.Content[i], "fieldnames has no types")
			err.Hint = "run falco --list without -N"
			return err
		}
	}
	return f.source(root)
}

// source parses a definition in YAML.
func (f *file) source(root *yamlfile.Node) error {
	values, err := f.mapping(root, "source", []string{"source", "plugin", "fields"})
	if err != nil {
		return err
	}
	for _, key := range []string{"source", "fields"} {
		if values[key] == nil {
			return f.missing(root, "source", key)
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
		return f.Errorf(table, "fields must be a mapping of names to types, such as my.user: text")
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

// field parses a field in YAML.
func (f *file) field(key, value *yamlfile.Node) (Field, error) {
	field := Field{Range: key.Range().In(f.Name)}
	spec, err := f.text(key, "field")
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
			return field, f.missing(value, "field "+field.Name, "type")
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

// arguments are the kinds of arguments by the word in the brackets.
var arguments = map[string]fieldsets.ArgKind{
	"key": fieldsets.KeyArg, "index": fieldsets.IndexArg, "index|key": fieldsets.IndexOrKeyArg, "key|index": fieldsets.IndexOrKeyArg,
}

// nameAndArg parses the name of a field with its argument.
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
		return f.Errorf(at, "field %s: invalid argument %s: want [key], [index] or [index|key], in parentheses if it is optional", name, quote.Text(brackets))
	}
	return nil
}

// The keys of Falco's lists, and those that falcorules fields -o json adds.
var (
	classKeys    = []string{"name", "desc", "event_sources", "fields"}
	fieldKeys    = []string{"name", "type", "desc", "is_list", "is_deprecated", "argument"}
	argumentKeys = []string{"required", "type"}
	ourKeys      = []string{"example", "flags", "hidden", "notes", "operators", "transformers"}
)

// falcoList parses the output of Falco.
func (f *file) falcoList(root *yamlfile.Node) error {
	values, err := f.mapping(root, "field list", []string{"fieldclasses"})
	if err != nil {
		return err
	}
	classes := values["fieldclasses"]
	if classes.Kind != yamlfile.Sequence {
		return f.wantList(classes, "fieldclasses")
	}
	for _, class := range classes.Content {
		if err := f.falcoClass(class); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) falcoClass(class *yamlfile.Node) error {
	values, err := f.mapping(class, "field class", classKeys)
	if err != nil {
		return err
	}
	names, list := values["event_sources"], values["fields"]
	switch {
	case names == nil:
		return f.missing(class, "field class", "event_sources")
	case names.Kind != yamlfile.Sequence:
		return f.wantList(names, "event_sources")
	case list == nil:
		return f.missing(class, "field class", "fields")
	case list.Kind != yamlfile.Sequence:
		return f.wantList(list, "fields")
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
	values, err := f.mapping(n, "field", fieldKeys, ourKeys...)
	if err != nil {
		return field, err
	}
	for _, key := range []string{"name", "type"} {
		if values[key] == nil {
			return field, f.missing(n, "field", key)
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

// falcoArgument parses the argument of a field.
func (f *file) falcoArgument(field *Field, n *yamlfile.Node) error {
	values, err := f.mapping(n, "argument", argumentKeys)
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
		return f.wantList(kinds, "the type of the argument")
	}
	var index, key bool
	for _, k := range kinds.Content {
		switch k.Value {
		case "INDEX":
			index = true
		case "KEY":
			key = true
		default:
			return f.Errorf(k, "invalid argument type %s: want INDEX or KEY", quote.Text(k.Value))
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

func (f *file) missing(n *yamlfile.Node, what, key string) error {
	return f.Errorf(n, "%s: missing key %q", what, key)
}

func (f *file) wantList(n *yamlfile.Node, what string) error {
	return f.Errorf(n, "%s must be a list, not %s", what, n.Describe())
}

// mapping returns the values of a mapping, which must have no other keys than keys and
// further. Messages list only keys.
func (f *file) mapping(n *yamlfile.Node, what string, keys []string, further ...string) (map[string]*yamlfile.Node, error) {
	if n.Kind != yamlfile.Mapping {
		return nil, f.Errorf(n, "%s must be a mapping with the keys %s", what, strings.Join(keys, ", "))
	}
	values := map[string]*yamlfile.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yamlfile.Scalar || !slices.Contains(keys, key.Value) && !slices.Contains(further, key.Value):
			err := f.Errorf(key, "%s: unknown key %s", what, quote.Text(key.Value))
			if err.Hint = suggest.Hint(key.Value, slices.Values(keys)); err.Hint == "" {
				err.Hint = "known keys: " + strings.Join(keys, ", ")
			}
			return nil, err
		case values[key.Value] != nil:
			return nil, f.Errorf(key, "%s: duplicate key %q", what, key.Value)
		}
		values[key.Value] = n.Content[i+1]
	}
	return values, nil
}

func (f *file) text(n *yamlfile.Node, what string) (string, error) {
	if n.Kind != yamlfile.Scalar || n.IsNull() {
		return "", f.Errorf(n, "%s must be text, not %s", what, n.Describe())
	}
	return n.Value, nil
}

// flag returns the value of a key, which is false if the key is missing.
func (f *file) flag(values map[string]*yamlfile.Node, key string) (bool, error) {
	n := values[key]
	if n == nil {
		return false, nil
	}
	b, err := strconv.ParseBool(n.Value)
	if n.Kind != yamlfile.Scalar || err != nil {
		return false, f.Errorf(n, "invalid value %s for %s: want true or false", quote.Text(n.Value), key)
	}
	return b, nil
}

func (f *file) sourceName(n *yamlfile.Node) (string, error) {
	if n.Kind == yamlfile.Sequence {
		err := f.Errorf(n, "source must be a single name, not a list")
		err.Hint = "write a document or a list item for each source"
		return "", err
	}
	name, err := f.text(n, "source")
	if err != nil {
		return "", err
	}
	if name == "" || !isName(name) || strings.Contains(name, " ") {
		return "", f.Errorf(n, "invalid source name %s: want 1 to %d printable bytes without spaces", quote.Text(name), maxName)
	}
	return name, nil
}

// isName reports whether name is short and printable.
func isName(name string) bool {
	return len(name) <= maxName && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// pluginName parses the name of a plugin, which is optional.
func (f *file) pluginName(n *yamlfile.Node, what string) (string, error) {
	if n == nil {
		return "", nil
	}
	name, err := f.text(n, what)
	if err != nil {
		return "", err
	}
	if !isName(name) {
		return "", f.Errorf(n, "invalid %s %s: want up to %d printable bytes", what, quote.Text(name), maxName)
	}
	return name, nil
}

// namePattern matches field names in conditions.
var namePattern = regexp.MustCompile(`^[a-zA-Z]+[a-zA-Z0-9_]*(\.[a-zA-Z]+[a-zA-Z0-9_]*)+$`)

func (f *file) fieldName(at *yamlfile.Node, name string) error {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return f.Errorf(at, "invalid field name %s: want two or more words joined by dots, such as my.user", quote.Text(name))
	}
	return nil
}

// words are alternative names of types.
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
	err := f.Errorf(at, "unknown type %s", quote.Text(text))
	if err.Hint = suggest.Hint(text, slices.Values(names)); err.Hint == "" {
		err.Hint = "known types: " + strings.Join(names, ", ") + ", and Falco's types"
	}
	return 0, err
}
