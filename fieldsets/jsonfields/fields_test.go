package jsonfields_test

import (
	"slices"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// field returns the values of a field of an event with the given text.
func field(t *testing.T, text, name, arg string) []string {
	t.Helper()
	source := fieldsets.NewSource("test", jsonfields.New())
	ref := &ast.Field{Name: name}
	if arg != "-" {
		ref.Arg = &ast.Arg{Text: arg}
	}
	_, extract, err := source.Resolve(ref)
	if err != nil {
		t.Fatal(err)
	}
	var doc jsonfields.Document
	if err := doc.Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	var out fieldsets.Values
	extract(&fieldsets.Event{Time: 1774315815836138000, Data: &doc}, &out)
	texts := []string{}
	for _, v := range out.All() {
		texts = append(texts, v.Text())
	}
	return texts
}

func TestFields(t *testing.T) {
	const event = `{ "a/b": "x\ty", "m~n": [ 1, {"o": [true, null]} ], "": {"": "empty"}, "~1": "tilde one", "nul": "a\u0000b", "raw": "é\u00e9" }`
	for _, c := range []struct {
		text, name, arg string
		want            []string
	}{
		{event, "json.value", "/a~1b", []string{"x\ty"}},
		{event, "json.value", "a~1b", []string{"x\ty"}},
		{event, "json.value", "/m~0n", []string{`[1,{"o":[true,null]}]`}},
		{event, "json.value", "/m~0n/1/o/0", []string{"true"}},
		{event, "json.value", "/m~0n/1/o/1", []string{"null"}},
		{event, "json.value", "/m~0n/+1/o", []string{`[true,null]`}},
		{event, "json.value", "/m~0n/2", []string{}},
		{event, "json.value", "/m~0n/-1", []string{}},
		{event, "json.value", "/~01", []string{"tilde one"}},
		{event, "json.value", "/", []string{`{"":"empty"}`}},
		{event, "json.value", "//", []string{"empty"}},
		{event, "json.value", "/x/y", []string{}},
		{event, "json.value", "/nul", []string{"a"}},
		{event, "json.value", "/raw", []string{"éé"}},
		{event, "json.value", "", []string{`{"a/b":"x\ty","m~n":[1,{"o":[true,null]}],"":{"":"empty"},"~1":"tilde one","nul":"a\u0000b","raw":"é\u00e9"}`}},
		{event, "jevt.value", "/raw", []string{"éé"}},
		{"[\"a\x00b\"]", "json.value", "", []string{`["a`}},
		{"[ \"a\x00b\" ]", "json.value", "", []string{`["a`}},
		{`[1]`, "json.value", "/0", []string{"1"}},
		{`"text"`, "json.value", "", []string{}},
		{`7`, "json.obj", "-", []string{}},
		{`null`, "json.rawtime", "-", []string{}},
		{`{}`, "json.rawtime", "-", []string{"1774315815836138000"}},
		{`[]`, "jevt.rawtime", "-", []string{"1774315815836138000"}},
		{`{}`, "json.obj", "-", []string{"{}"}},
		{` {"a":1,"b":["c", {}]} `, "json.obj", "-", []string{"{\n  \"a\": 1,\n  \"b\": [\n    \"c\",\n    {}\n  ]\n}"}},
		{`{"a":"<&\u0000>"}`, "jevt.obj", "-", []string{"{\n  \"a\": \"<&\\u0000>\"\n}"}},
		{`{"a":NaN}`, "json.obj", "-", []string{}},
		{"{\"a\":\"\t\"}", "json.obj", "-", []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := field(t, c.text, c.name, c.arg); !slices.Equal(got, c.want) {
				t.Errorf("%s: %s[%s] is %q, want %q", c.text, c.name, c.arg, got, c.want)
			}
		})
	}
}

// TestOtherData reads events whose Data has another type.
func TestOtherData(t *testing.T) {
	set := jsonfields.New()
	for _, f := range set.Fields() {
		extract, err := set.Extractor(&f, fieldsets.Arg{Present: true, Key: "/a"})
		if err != nil {
			t.Fatal(err)
		}
		var empty jsonfields.Document
		for _, data := range []any{nil, "text", &empty} {
			var out fieldsets.Values
			extract(&fieldsets.Event{Data: data}, &out)
			if out.Len() != 0 {
				t.Errorf("%s has a value for data %v", f.Name, data)
			}
		}
	}
}
