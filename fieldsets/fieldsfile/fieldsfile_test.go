package fieldsfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fieldsfile"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
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
    {"argument": null, "desc": "Host \"name\".", "is_list": false, "name": "edr.host", "type": "CHARBUF", "more": 1},
    {"argument": {"required": true, "type": ["KEY"]}, "desc": "", "is_list": false, "name": "edr.header", "type": "CHARBUF"},
    {"argument": {"required": false, "type": ["INDEX"]}, "is_list": true, "name": "edr.hash", "type": "CHARBUF"},
    {"argument": {"required": true, "type": ["INDEX", "KEY"]}, "is_list": false, "name": "edr.any", "type": "UINT64"},
    {"argument": {"required": false, "type": []}, "is_list": false, "name": "edr.own", "type": "INT32"}]}]}`

func TestParse(t *testing.T) {
	const p = "edr_plugin"
	for _, test := range []struct {
		name, text string
		want       []fieldsfile.Definition
	}{
		{"yaml", edr, []fieldsfile.Definition{
			{Source: "edr", Fields: []fieldsets.Field{
				{Name: "edr.host", Plugin: p},
				{Name: "edr.score", Type: fieldsets.Uint64, Plugin: p},
				{Name: "edr.groups", List: true, Plugin: p},
				{Name: "edr.header", Arg: fieldsets.KeyArg, ArgRequired: true, Plugin: p},
				{Name: "edr.hash", Arg: fieldsets.IndexArg, Plugin: p},
				{Name: "edr.any", Type: fieldsets.Uint64, Arg: fieldsets.IndexOrKeyArg, ArgRequired: true, Plugin: p},
				{Name: "edr.since", Type: fieldsets.RelTime, Desc: "How long.", Plugin: p},
			}},
			{Source: "other", Fields: []fieldsets.Field{{Name: "x.a", Type: fieldsets.IPAddr}, {Name: "x.b", Type: fieldsets.IPNet, List: true}}},
		}},
		{"falco", list, []fieldsfile.Definition{
			{Source: "edr", Fields: []fieldsets.Field{
				{Name: "evt.num", Type: fieldsets.Uint64, Desc: "event number."},
				{Name: "edr.host", Plugin: p, Desc: `Host "name".`},
				{Name: "edr.header", Arg: fieldsets.KeyArg, ArgRequired: true, Plugin: p},
				{Name: "edr.hash", List: true, Arg: fieldsets.IndexArg, Plugin: p},
				{Name: "edr.any", Type: fieldsets.Uint64, Arg: fieldsets.IndexOrKeyArg, ArgRequired: true, Plugin: p},
				{Name: "edr.own", Type: fieldsets.Int32, Arg: fieldsets.OwnArg, Plugin: p},
			}},
			{Source: "other", Fields: []fieldsets.Field{{Name: "evt.num", Type: fieldsets.Uint64, Desc: "event number."}}},
		}},
	} {
		got, err := fieldsfile.Parse(strings.NewReader(test.text), "f")
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "f: the file defines no source",
		"# nothing\n---\n":                       "f: the file defines no source",
		"a":                                      "f:1:1: not a mapping: a file of fields has source and fields, or is what falco --list --format json prints",
		"source: [":                              "f:1:1: the [ opened in line 1, column 9 is not closed",
		"\tsource: x":                            "f:1:",
		"sorce: x":                               `f:1:1: a source has no key "sorce", but source, plugin, fields; did you mean source?`,
		"source: x\nsource: ":                    `f:2:1: a source has source twice`,
		"source: x":                              "f:1:1: a source needs fields",
		"fields: {}":                             "f:1:1: a source needs source",
		"source: {}\nfields: {}":                 "f:1:9: source is a text, and not a mapping",
		"source:\nfields: {}":                    "f:1:8: source is a text, and not nothing",
		"source: a b\nfields: {}":                `f:1:9: "a b" cannot be the name of a source, which has up to 255 bytes and no blanks`,
		"source: a\nplugin: []\nfields: {}":      "f:2:9: plugin is a text, and not a list",
		"source: a\nfields: []":                  "f:2:9: fields is a mapping of names to types, such as my.user: text",
		"source: a\nfields:\n  a: text":          `f:3:3: "a" cannot be the name of a field, which has two or more words with dots between, such as my.user`,
		"source: a\nfields:\n  a.1: text":        `f:3:3: "a.1" cannot be`,
		"source: a\nfields:\n  a.b: tex":         `f:3:8: no type is called "tex"; did you mean text?`,
		"source: a\nfields:\n  a.b: quaternion":  `f:3:8: no type is called "quaternion"; there are address, bool, bytes, duration,`,
		"source: a\nfields:\n  a.b: list of":     `f:3:8: no type is called "list of"`,
		"source: a\nfields:\n  a.b: none":        `f:3:8: no type is called "none"`,
		"source: a\nfields:\n  a.b: [text]":      "f:3:8: the type of a.b is a text, and not a list",
		"source: a\nfields:\n  a.b: {desc: x}":   "f:3:8: field a.b needs a type",
		"source: a\nfields:\n  a.b: {typ: text}": `f:3:9: field a.b has no key "typ", but type, desc; did you mean type?`,
		"source: a\nfields:\n  a.b: {type: text, desc: }": "f:3:",
		"source: a\nfields:\n  a.b[x]: text":              `f:3:3: field a.b has "[x]" as its argument; it is [key], [index] or [index|key], in parentheses`,
		"source: a\nfields:\n  a.b([key]: text":           `f:3:3: field a.b has "([key]" as its argument`,
		"source: a\nfields:\n  a.b: text\n  a.b: bool":    "f:4:3: field a.b is defined twice, first in line 3",
		"source: a\nfields:\n  &x a.b: text\n  a.c: *x":   "f:4:8: the type of a.c is a text, and not an alias",

		`{"fieldclasses": {}}`:                                                                                               "f:1:18: fieldclasses is not a list",
		`{"fieldclasses": [1]}`:                                                                                              "f:1:19: the field class is not a mapping",
		`{"fieldclasses": [{"fields": []}]}`:                                                                                 "f:1:19: the field class has no event_sources, which say",
		`{"fieldclasses": [{"event_sources": ["a"]}]}`:                                                                       "f:1:19: the field class has no fields",
		`{"fieldclasses": [{"event_sources": [""], "fields": []}]}`:                                                          `f:1:38: "" cannot be the name of a source`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [1]}]}`:                                                        "f:1:55: the field is not a mapping",
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b"}]}]}`:                                          "f:1:55: the field has no name or no type",
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a", "type": "BOOL"}]}]}`:                            `f:1:64: "a" cannot be the name of a field`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOO"}]}]}`:                           `f:1:79: no type is called "BOO"`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "is_list": 3}]}]}`:            `f:1:98: is_list is true or false, not "3"`,
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "argument": []}]}]}`:          "f:1:99: argument is null, or a mapping with required and type",
		`{"fieldclasses": [{"event_sources": ["a"], "fields": [{"name": "a.b", "type": "BOOL", "argument": {"required":x}}]`: "f:1:",
	} {
		definitions, err := fieldsfile.Parse(strings.NewReader(text), "f")
		var bad *fieldsfile.Error
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), want) || definitions != nil {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
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
		// Fields of every source keep their values.
		_, extract, err := sources[0].Resolve(&ast.Field{Name: "evt.num"})
		if err != nil {
			t.Fatal(err)
		}
		var values fieldsets.Values
		extract(&fieldsets.Event{Number: 7}, &values)
		if values.Len() != 1 || values.All()[0].Number() != 7 {
			t.Errorf("evt.num: got %v", values.All())
		}
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
---
source: syscall
fields:
  my.field: number
`), "f")
	if err != nil {
		t.Fatal(err)
	}
	got := fieldsfile.Extend(base, definitions...)
	if len(got) != 3 || len(base) != 2 || got[1] != base[1] || got[2].Name() != "mine" {
		t.Fatalf("got %v", got)
	}
	for name, want := range map[string]fieldsets.Type{
		"proc.na": fieldsets.CharBuf, "proc.pid": fieldsets.CharBuf, "proc.ppid": fieldsets.Int64, "my.field": fieldsets.Uint64, "proc.namesake": fieldsets.NoType,
	} {
		f, _, err := got[0].Resolve(&ast.Field{Name: name})
		if (err != nil) != (want == fieldsets.NoType) || err == nil && f.Type != want {
			t.Errorf("%s: got %v, %v", name, f, err)
		}
	}
	if got[0].Plugin() != "" || got[0].Has("json.value") || base[0].Has("my.field") {
		t.Error("more has changed than the fields of the file")
	}
}

// TestFalcoList reads a whole list of the real engine. It says nothing that is
// not known.
func TestFalcoList(t *testing.T) {
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		t.Skip("FALCORULES_CONFORMANCE is not set")
	}
	path := filepath.Join(dir, "samples", "list-k8s_audit.json")
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

// FuzzParse reads anything: there is no panic, errors name the file, and what is
// read makes sources whose fields can be resolved.
func FuzzParse(f *testing.F) {
	f.Add(edr)
	f.Add(list)
	f.Add("source: a\nfields:\n  a.b: *x")
	f.Add("{source: a, fields: {'a.b([index])': list of text}}")
	f.Fuzz(func(t *testing.T, text string) {
		sources, err := fieldsfile.Read(strings.NewReader(text), "f")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("the error has no place: %v", err)
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
