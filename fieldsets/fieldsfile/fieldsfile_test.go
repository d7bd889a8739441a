package fieldsfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fieldsfile"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/subtest"
)

const edr = `source: edr
plugin: edr_plugin
fields:
  edr.host: text
  edr.score: number
  edr.groups: list of string
  edr.header[key]: text
  edr.hash([INDEX]): CHARBUF
  edr.any[index|key]: uint64
  edr.since: {type: duration, desc: How long.}
---
source: other
fields: {x.a: ipaddr, x.b: list of network}
`

const list = `{"fieldclasses": [
  {"name": "evt", "desc": "d", "event_sources": ["edr", "other"], "fields": [
    {"argument": null, "desc": "event number.", "is_list": false, "name": "evt.num", "type": "UINT64"}]},
  {"name": "edr_plugin (plugin)", "event_sources": ["edr"], "fields": [
    {"argument": null, "desc": "Host \"name\".", "is_list": false, "is_deprecated": false, "name": "edr.host", "type": "CHARBUF"},
    {"argument": {"required": true, "type": ["KEY"]}, "desc": "", "is_list": false, "name": "edr.header", "type": "CHARBUF"},
    {"argument": {"required": false, "type": ["INDEX"]}, "is_list": true, "name": "edr.hash", "type": "CHARBUF"},
    {"argument": {"required": true, "type": ["INDEX", "KEY"]}, "is_list": false, "name": "edr.any", "type": "UINT64"},
    {"argument": {"required": false, "type": []}, "is_list": false, "name": "edr.own", "type": "INT32"}]}]}`

// fields returns fields without positions.
func fields(list ...fieldsets.Field) []fieldsfile.Field {
	out := make([]fieldsfile.Field, len(list))
	for i, f := range list {
		out[i].Field = f
	}
	return out
}

func TestParse(t *testing.T) {
	const p = "edr_plugin"
	for _, test := range []struct {
		name, text string
		want       []fieldsfile.Definition
	}{
		{"yaml", edr, []fieldsfile.Definition{
			{Source: "edr", Fields: fields(
				fieldsets.Field{Name: "edr.host", Plugin: p},
				fieldsets.Field{Name: "edr.score", Type: fieldsets.Uint64, Plugin: p},
				fieldsets.Field{Name: "edr.groups", List: true, Plugin: p},
				fieldsets.Field{Name: "edr.header", Arg: fieldsets.KeyArg, ArgRequired: true, Plugin: p},
				fieldsets.Field{Name: "edr.hash", Arg: fieldsets.IndexArg, Plugin: p},
				fieldsets.Field{Name: "edr.any", Type: fieldsets.Uint64, Arg: fieldsets.IndexOrKeyArg, ArgRequired: true, Plugin: p},
				fieldsets.Field{Name: "edr.since", Type: fieldsets.RelTime, Desc: "How long.", Plugin: p},
			)},
			{Source: "other", Fields: fields(fieldsets.Field{Name: "x.a", Type: fieldsets.IPAddr}, fieldsets.Field{Name: "x.b", Type: fieldsets.IPNet, List: true})},
		}},
		{"falco", list, []fieldsfile.Definition{
			{Source: "edr", Fields: fields(
				fieldsets.Field{Name: "evt.num", Type: fieldsets.Uint64, Desc: "event number."},
				fieldsets.Field{Name: "edr.host", Plugin: p, Desc: `Host "name".`},
				fieldsets.Field{Name: "edr.header", Arg: fieldsets.KeyArg, ArgRequired: true, Plugin: p},
				fieldsets.Field{Name: "edr.hash", List: true, Arg: fieldsets.IndexArg, Plugin: p},
				fieldsets.Field{Name: "edr.any", Type: fieldsets.Uint64, Arg: fieldsets.IndexOrKeyArg, ArgRequired: true, Plugin: p},
				fieldsets.Field{Name: "edr.own", Type: fieldsets.Int32, Arg: fieldsets.CustomArg, Plugin: p},
			)},
			{Source: "other", Fields: fields(fieldsets.Field{Name: "evt.num", Type: fieldsets.Uint64, Desc: "event number."})},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := fieldsfile.Parse(strings.NewReader(test.text), "f")
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(fieldsfile.Field{}, "Range")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		})
	}
}

func TestRanges(t *testing.T) {
	for text, want := range map[string]string{edr: "f:4:3 f:10:3", list: "f:3:75 f:9:77"} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			definitions, err := fieldsfile.Parse(strings.NewReader(text), "f")
			if err != nil {
				t.Fatal(err)
			}
			first, last := definitions[0].Fields[0], definitions[0].Fields[len(definitions[0].Fields)-1]
			if got := first.Range.String() + " " + last.Range.String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestForms checks that definitions can be documents or list items.
func TestForms(t *testing.T) {
	const a, b = "source: a\nfields: {a.b: text}\n", "source: b\nfields: {b.b: bool}\n"
	item := func(text string) string {
		return "- " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
	}
	for _, text := range []string{a + "---\n" + b, item(a) + item(b), item(a) + "---\n" + item(b), item(a) + "---\n" + b} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			sources, err := fieldsfile.Read(strings.NewReader(text), "f")
			if err != nil || len(sources) != 2 || !sources[0].Has("a.b") || !sources[1].Has("b.b") || sources[1].Has("a.b") {
				t.Errorf("%s\ngot %d sources, %v", text, len(sources), err)
			}
		})
	}
}

// TestFieldTwice checks that a field can be defined twice in the same way.
func TestFieldTwice(t *testing.T) {
	const text = "source: a\nfields: {a.b: text}\n---\nsource: a\nfields: {a.b: {type: string, desc: The same.}, a.c: text}\n"
	definitions, err := fieldsfile.Parse(strings.NewReader(text), "f")
	if err != nil || len(definitions) != 1 || len(definitions[0].Fields) != 2 {
		t.Errorf("got %v, %v", definitions, err)
	}
}

func TestErrors(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for text, want := range map[string]string{
		"":                    "f: the file defines no source",
		"# nothing\n---\n":    "f: the file defines no source",
		"a":                   "f:1:1: invalid fields file: want source and fields, or the output of falco --list --format json",
		"source: [":           "f:1:1: the [ on line 1, column 9 is not closed",
		"\tsource: x":         "f:1:",
		"sorce: x":            `f:1:1: source: unknown key "sorce" (did you mean source?)`,
		"source: x\nsource: ": `f:2:1: source: duplicate key "source"`,
		"source: x":           `f:1:1: source: missing key "fields"`,
		"fields: {}":          `f:1:1: source: missing key "source"`,
		"source: é\nfields: {a.b: {type: text, desc: éé}, c.d: tex}": `f:2:46: unknown type "tex" (did you mean text?)`,
		"source: {}\nfields: {}":                                                             "f:1:9: source must be text, not a mapping",
		"source:\nfields: {}":                                                                "f:1:8: source must be text, not null",
		"source: a b\nfields: {}":                                                            `f:1:9: invalid source name "a b": want 1 to 255 printable bytes without spaces`,
		"source: a\nplugin: []\nfields: {}":                                                  "f:2:9: plugin must be text, not a list",
		"source: a\nfields: []":                                                              "f:2:9: fields must be a mapping of names to types, such as my.user: text",
		"source: a\nfields:\n  a: text":                                                      `f:3:3: invalid field name "a": want two or more words joined by dots, such as my.user`,
		"source: a\nfields:\n  a.1: text":                                                    `f:3:3: invalid field name "a.1": want two or more words joined by dots, such as my.user`,
		"source: a\nfields:\n  a.b: tex":                                                     `f:3:8: unknown type "tex" (did you mean text?)`,
		"source: a\nfields:\n  a.b: quaternion":                                              `f:3:8: unknown type "quaternion" (known types: address, bool, bytes, duration, float, integer, network, number, path, port, string, text, time, and Falco's types)`,
		"source: a\nfields:\n  a.b: list of":                                                 `f:3:8: unknown type "list of" (known types: address, bool, bytes, duration, float, integer, network, number, path, port, string, text, time, and Falco's types)`,
		"source: a\nfields:\n  a.b: none":                                                    `f:3:8: unknown type "none" (known types: address, bool, bytes, duration, float, integer, network, number, path, port, string, text, time, and Falco's types)`,
		"source: a\nfields:\n  a.b: [text]":                                                  "f:3:8: the type of a.b must be text, not a list",
		"source: a\nfields:\n  a.b: {desc: x}":                                               `f:3:8: field a.b: missing key "type"`,
		"source: a\nfields:\n  a.b: {typ: text}":                                             `f:3:9: field a.b: unknown key "typ" (did you mean type?)`,
		"source: a\nfields:\n  a.b: {type: text, desc: }":                                    "f:3:",
		"source: a\nfields:\n  a.b[x]: text":                                                 `f:3:3: field a.b: invalid argument "[x]": want [key], [index] or [index|key], in parentheses if it is optional`,
		"source: a\nfields:\n  a.b([key]: text":                                              `f:3:3: field a.b: invalid argument "([key]": want [key], [index] or [index|key], in parentheses if it is optional`,
		"source: a\nfields:\n  a.b: text\n  a.b: bool":                                       "f:4:3: field a.b of source a is defined differently on line 3",
		"source: a\nfields: {a.b: text}\n---\nsource: a\nfields: {a.b: bool}\n":              "f:5:10: field a.b of source a is defined differently on line 2",
		"source: a\nfields: {'evt.num[key]': text}":                                          "f:2:10: field evt.num, which all sources have, takes no argument",
		"source: [a, b]\nfields: {a.b: text}":                                                "f:1:9: source must be a single name, not a list (write a document or a list item for each source)",
		"- source: a\n  fields: {a.b: text}\n- b":                                            "f:3:3: invalid fields file: want source and fields, or the output of falco --list --format json",
		"- - source: a":                                                                      "f:1:3: invalid fields file: want source and fields, or the output of falco --list --format json",
		`{"fieldclasses": [{"name": "\u009b (plugin)", "event_sources": [], "fields": []}]}`: `f:1:28: invalid name "\u009b (plugin)": want up to 255 printable bytes`,
		"source: a\nplugin: \"\\e\"\nfields: {}":                                             `f:2:9: invalid plugin "\x1b": want up to 255 printable bytes`,
		"source: \"a\\u202Eb\"\nfields: {}":                                                  `f:1:9: invalid source name "a\u202eb": want 1 to 255 printable bytes without spaces`,
		"[]":                                                                                 "f: the file defines no source",
		"source: a\nfields: {\"a.\\e[31m\": text}":                                           `f:2:10: invalid field name "a.\x1b": want two or more words joined by dots, such as my.user`,
		"source: a\nfields: {" + long + ": text}":                                            `f:2:10: invalid field name "` + long[:60] + `"…: want`,
		`{"fieldnames": ["a.b"]}`:                                                            "f:1:2: fieldnames has no types (run falco --list without -N)",
		`{"fieldclasses": [], "source": "a"}`:                                                `f:1:22: field list: unknown key "source" (known keys: fieldclasses)`,
		`{"fieldclasses": [{"event_source": ["a"], "fields": []}]}`:                          `f:1:20: field class: unknown key "event_source" (did you mean event_sources?)`,
		`{"fieldclasses": [{"event_sources": "a", "fields": []}]}`:                           "f:1:37: event_sources must be a list, not text",
		`{"fieldclasses": [{"event_sources": ["a"], "fields": {}}]}`:                         "f:1:54: fields must be a list, not a mapping",
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "data_type": "BOOL"}]}]}`:                             `f:1:71: field: unknown key "data_type" (known keys: name, type, desc, is_list, is_deprecated, argument)`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "argument": {"requird": true}}]}]}`:   `f:1:100: argument: unknown key "requird" (did you mean required?)`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "argument": {"type": ["index"]}}]}]}`: `f:1:109: invalid argument type "index": want INDEX or KEY`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "argument": {"type": "KEY"}}]}]}`:     "f:1:108: the type of the argument must be a list, not text",
		"source: a\nfields:\n  &x a.b: text\n  a.c: *x":                                                                              "f:4:8: the type of a.c must be text, not an alias",

		`{"fieldclasses": {}}`:                                                                                               "f:1:18: fieldclasses must be a list, not a mapping",
		`{"fieldclasses": [1]}`:                                                                                              "f:1:19: field class must be a mapping with the keys name, desc, event_sources, fields",
		`{"fieldclasses": [{"fields": []}]}`:                                                                                 `f:1:19: field class: missing key "event_sources"`,
		`{"fieldclasses": [{"event_sources": ["a"]}]}`:                                                                       `f:1:19: field class: missing key "fields"`,
		`{"fieldclasses": [{"event_sources": [""], "fields": []}]}`:                                                          `f:1:38: invalid source name "": want 1 to 255 printable bytes without spaces`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [1]}]}`:                                                        "f:1:55: field must be a mapping with the keys name, type, desc, is_list, is_deprecated, argument",
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b"}]}]}`:                                          `f:1:55: field: missing key "type"`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a", "type": "BOOL"}]}]}`:                            `f:1:64: invalid field name "a": want two or more words joined by dots, such as my.user`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOO"}]}]}`:                           `f:1:79: unknown type "BOO" (did you mean bool?)`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "is_list": 3}]}]}`:            `f:1:98: invalid value "3" for is_list: want true or false`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "argument": []}]}]}`:          "f:1:99: argument must be a mapping with the keys required, type",
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "argument": {"required":x}}]`: "f:1:",
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			definitions, err := fieldsfile.Parse(strings.NewReader(text), "f")
			var bad *diag.Diagnostic
			if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), want) || definitions != nil {
				t.Errorf("%s\n got %v\nwant %s", text, err, want)
			}
		})
	}
	names := strings.Repeat(`"a",`, 1000) + `"a"`
	fields := strings.Repeat(`{"name": "a.b", "type": "BOOL"},`, 1000) + `{"name": "a.b", "type": "BOOL"}`
	text := fmt.Sprintf(`{"fieldclasses": [{"event_sources": [%s], "fields": [%s]}]}`, names, fields)
	if _, err := fieldsfile.Read(strings.NewReader(text), "f"); err == nil || !strings.Contains(err.Error(), "more than 100000 fields") {
		t.Errorf("too many fields: %v", err)
	}
	big := strings.NewReader(strings.Repeat(" ", fieldsfile.MaxSize+1))
	if _, err := fieldsfile.Read(big, "f"); err == nil || !strings.Contains(err.Error(), "more than 8388608 bytes") {
		t.Errorf("a file too long: %v", err)
	}
}

func TestRead(t *testing.T) {
	for _, text := range []string{edr, list} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			sources, err := fieldsfile.Read(strings.NewReader(text), "f")
			if err != nil || len(sources) != 2 || sources[0].Name() != "edr" || sources[1].Name() != "other" {
				t.Fatalf("got %v, %v", sources, err)
			}
			for reference, want := range map[string]bool{
				"edr.host": true, "edr.host[0]": false, "edr.header[accept]": true, "edr.header": false, "edr.hash": true, "edr.hash[1]": true,
				"edr.hash[x]": false, "edr.any[x]": true, "evt.num": true, "json.value[/a]": true, "proc.name": false, "edr.nosuch": false,
			} {
				if got, _ := sources[0].IsReference(reference); got != want {
					t.Errorf("%s: got %v", reference, got)
				}
			}
			if got := sources[0].Plugin(); got != "edr_plugin" {
				t.Errorf("got plugin %s", got)
			}
			// The fields of all sources keep their values.
			_, extract, err := sources[0].Resolve(&ast.Field{Name: "evt.num"})
			if err != nil {
				t.Fatal(err)
			}
			var values fieldsets.Values
			extract(&fieldsets.Event{Number: 7}, &values)
			if values.Len() != 1 || values.All()[0].Number() != 7 {
				t.Errorf("evt.num: got %v", values.All())
			}
		})
	}
}

func TestExtend(t *testing.T) {
	base := []*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}
	definitions, err := fieldsfile.Parse(strings.NewReader(`
source: syscall
fields:
  proc.na: text
  proc.name: text
  proc.pid: text
  my.field: bool
---
source: mine
fields:
  my.field: text
`), "f")
	if err != nil {
		t.Fatal(err)
	}
	later, err := fieldsfile.Parse(strings.NewReader("source: syscall\nfields: {my.field: number}\n---\nsource: new\nfields: {evt.num: bool}"), "f")
	if err != nil {
		t.Fatal(err)
	}
	got, replaced := fieldsfile.Extend(base, append(definitions, later...)...)
	var names []string
	for _, r := range replaced {
		names = append(names, fmt.Sprintf("%s %s %v", r.Source, r.Name, r.Range.Start))
	}
	if diff := cmp.Diff([]string{"syscall proc.pid 6:3", "syscall my.field 2:10", "new evt.num 5:10"}, names); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
	if len(got) != 4 || len(base) != 2 || got[1] != base[1] || got[2].Name() != "mine" {
		t.Fatalf("got %v", got)
	}
	for name, want := range map[string]fieldsets.Type{
		"proc.na": fieldsets.CharBuf, "proc.pid": fieldsets.CharBuf, "proc.ppid": fieldsets.Int64, "my.field": fieldsets.Uint64, "proc.namesake": fieldsets.NoType,
	} {
		t.Run(name, func(t *testing.T) {
			f, _, err := got[0].Resolve(&ast.Field{Name: name})
			if (err != nil) != (want == fieldsets.NoType) || err == nil && f.Type != want {
				t.Errorf("%s: got %v, %v", name, f, err)
			}
		})
	}
	if got[0].Plugin() != "" || got[0].Has("json.value") || base[0].Has("my.field") {
		t.Error("more has changed than the fields of the file")
	}
}

// TestFalcoList reads a full list of the real engine, which must agree with the built-in
// fields.
func TestFalcoList(t *testing.T) {
	path := filepath.Join(conformance.WholeDir(t), "samples", "list-k8s_audit.json")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	definitions, err := fieldsfile.Parse(file, path)
	if err != nil || len(definitions) != 1 {
		t.Fatal(err)
	}
	source := k8saudit.NewSource()
	if got := definitions[0].AddTo(source); got != source {
		t.Errorf("%d fields more, or other ones", len(got.Fields())-len(source.Fields()))
	}
	if got := definitions[0].NewSource(); len(got.Fields()) != len(source.Fields()) {
		t.Errorf("the source has %d fields, not %d", len(got.Fields()), len(source.Fields()))
	}
}

// FuzzParse checks that errors name the file, and that all fields can be resolved.
func FuzzParse(f *testing.F) {
	f.Add(edr)
	f.Add(list)
	f.Add("source: a\nfields:\n  a.b: *x")
	f.Add("{source: a, fields: {'a.b([index])': list of text}}")
	f.Fuzz(func(t *testing.T, text string) {
		sources, err := fieldsfile.Read(strings.NewReader(text), "f")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("the error has no position: %v", err)
			}
			return
		}
		definitions, err := fieldsfile.Parse(strings.NewReader(text), "f")
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range sources {
			for _, field := range definitions[i].Fields {
				f, _, _ := s.Resolve(&ast.Field{Name: field.Name})
				ref := &ast.Field{Name: field.Name}
				if f == nil {
					ref.Arg = &ast.Arg{Text: "0"}
				}
				if _, _, err := s.Resolve(ref); err != nil {
					t.Errorf("%s: %v", field.Name, err)
				}
			}
		}
	})
}
