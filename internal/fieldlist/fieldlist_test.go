package fieldlist_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/fieldlist"
	"github.com/falcorules/falcorules/internal/subtest"
)

// edr and other are two sources that share a field.
var (
	edr = fieldsets.NewSource("edr", fieldsets.Declared{
		{Name: "edr.host", Plugin: "edr", Desc: "Where | how\n\x1b[31m<it>*."},
		{Name: "edr.old", Plugin: "edr", Deprecated: true},
		{Name: "shared.id", Type: fieldsets.Uint64},
	})
	other = fieldsets.NewSource("other", fieldsets.Declared{
		{Name: "shared.id", Type: fieldsets.Uint64},
		{Name: "shared.tag", Arg: fieldsets.KeyArg, ArgRequired: true, List: true},
	})
)

// TestClasses checks that fields are grouped in Falco's order, shared ones once.
func TestClasses(t *testing.T) {
	var got []string
	for _, c := range fieldlist.Classes([]*fieldsets.Source{edr, other}, fieldlist.Listed) {
		var names []string
		for _, f := range c.Fields {
			if !strings.HasPrefix(f.Name, "evt.") {
				names = append(names, f.Name)
			}
		}
		got = append(got, c.Name+" of "+strings.Join(c.Sources, " ")+": "+strings.Join(names, " "))
	}
	want := []string{"evt of edr other: ", "edr (plugin) of edr: edr.host", "shared of edr other: shared.id shared.tag"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSignatureAndExample(t *testing.T) {
	for _, test := range []struct {
		field              fieldsets.Field
		signature, example string
	}{
		{fieldsets.Field{Name: "a.b"}, "a.b", "a.b = example"},
		{fieldsets.Field{Name: "a.b", Type: fieldsets.Port}, "a.b", "a.b = 443"},
		{fieldsets.Field{Name: "a.b", Type: fieldsets.AbsTime}, "a.b", "a.b > 1767225600000000000"},
		{fieldsets.Field{Name: "a.b", Type: fieldsets.ByteBuf}, "a.b", "a.b contains example"},
		{fieldsets.Field{Name: "a.b", Type: fieldsets.UID}, "a.b", "a.b exists"},
		{fieldsets.Field{Name: "a.b", Arg: fieldsets.KeyArg, ArgRequired: true}, "a.b[KEY]", "a.b[app] = example"},
		{fieldsets.Field{Name: "a.b", Arg: fieldsets.IndexArg, List: true}, "a.b([INDEX])", "a.b intersects (example)"},
		{fieldsets.Field{Name: "a.b", Arg: fieldsets.IndexOrKeyArg, ArgRequired: true}, "a.b[INDEX|KEY]", "a.b[0] = example"},
		{fieldsets.Field{Name: "evt.arg", Arg: fieldsets.CustomArg, ArgRequired: true}, "evt.arg.NAME|[INDEX]", "evt.arg.fd = example"},
		// Names with known examples, but other types and arguments.
		{fieldsets.Field{Name: "proc.name"}, "proc.name", "proc.name = bash"},
		{fieldsets.Field{Name: "proc.name", Type: fieldsets.Uint64}, "proc.name", "proc.name = 1"},
		{fieldsets.Field{Name: "ka.uri.param", Arg: fieldsets.IndexArg, ArgRequired: true}, "ka.uri.param[INDEX]", "ka.uri.param[0] = example"},
		{fieldsets.Field{Name: "evt.arg", Arg: fieldsets.KeyArg, ArgRequired: true}, "evt.arg[KEY]", "evt.arg[app] = example"},
	} {
		t.Run(subtest.Name(test.signature), func(t *testing.T) {
			if got := fieldlist.Signature(&test.field); got != test.signature {
				t.Errorf("signature: got %s, want %s", got, test.signature)
			}
			if got := fieldlist.Example(&test.field); got != test.example {
				t.Errorf("example: got %s, want %s", got, test.example)
			}
		})
	}
}

func TestDetail(t *testing.T) {
	param := fieldlist.Detail{
		Field: fieldsets.Field{Name: "evt.arg", Arg: fieldsets.CustomArg, ArgRequired: true},
		Ref:   &ast.Field{Name: "evt.arg.whence"}, Arg: fieldsets.Arg{Present: true, Named: true, Key: "whence"},
	}
	if sets := param.Flags(); len(sets) != 1 || !sets[0].Enum || param.Example() != "evt.arg.whence = SEEK_CUR" {
		t.Errorf("got %v, %s", sets, param.Example())
	}
	key := fieldlist.Detail{
		Field: fieldsets.Field{Name: "a.b", Arg: fieldsets.KeyArg},
		Ref:   &ast.Field{Name: "a.b", Arg: &ast.Arg{Text: "whence"}}, Arg: fieldsets.Arg{Present: true, Key: "whence"},
	}
	if sets := key.Flags(); sets != nil || key.Example() != "a.b[whence] = example" {
		t.Errorf("got %v, %s", sets, key.Example())
	}
}

func TestNotes(t *testing.T) {
	f := fieldsets.Field{Name: "evt.type", EventType: true, NoRightSide: true}
	if got := fieldlist.Notes(&f); len(got) != 3 {
		t.Errorf("got %q", got)
	}
	f = fieldsets.Field{Name: "evt.type"} // from a fields file
	if got := fieldlist.Notes(&f); got != nil {
		t.Errorf("got %q", got)
	}
}

// TestTransformers checks that the type of a field determines what accepts it.
func TestTransformers(t *testing.T) {
	text := fieldsets.Field{Name: "a.b"}
	if names := strings.Join(fieldlist.TransformerNames(&text), " "); !strings.Contains(names, "tolower") {
		t.Errorf("text: got %s", names)
	}
	none := fieldsets.Field{Name: "a.b", NoTransformer: true}
	if names := fieldlist.TransformerNames(&none); names != nil {
		t.Errorf("got %s", names)
	}
	flag := fieldsets.Field{Name: "a.b", Type: fieldsets.Bool}
	if got := strings.Join(fieldlist.OperatorNames(&flag), " "); strings.Contains(got, "contains") || !strings.HasPrefix(got, "exists") {
		t.Errorf("got %s", got)
	}
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	classes := fieldlist.Classes([]*fieldsets.Source{edr}, func(f *fieldsets.Field) bool { return f.Plugin == "edr" && !f.Deprecated })
	if err := fieldlist.MarkdownTables(&b, classes); err != nil {
		t.Fatal(err)
	}
	want := "## edr (plugin)\n\n| field | type | description |\n|---|---|---|\n| `edr.host` | CHARBUF | Where \\| how \uFFFD[31m\\<it>\\*. |\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestJSON checks the key that Falco's libraries use for deprecated fields.
func TestJSON(t *testing.T) {
	var b strings.Builder
	classes := fieldlist.Classes([]*fieldsets.Source{edr}, func(f *fieldsets.Field) bool { return f.Deprecated })
	if err := fieldlist.JSON(&b, classes); err != nil {
		t.Fatal(err)
	}
	want := `{
  "fieldclasses": [
    {
      "event_sources": [
        "edr"
      ],
      "fields": [
        {
          "argument": null,
          "desc": "",
          "is_deprecated": true,
          "is_list": false,
          "name": "edr.old",
          "type": "CHARBUF"
        }
      ],
      "name": "edr (plugin)"
    }
  ]
}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
