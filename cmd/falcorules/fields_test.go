package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fieldsfile"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/fieldlist"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/subtest"
)

// runFields returns the output of the command.
func runFields(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := execute(context.Background(), append([]string{"fields"}, args...), strings.NewReader(""), &stdout, &stderr); status != exitOK {
		t.Fatalf("fields %s: exit status %d\n%s", strings.Join(args, " "), status, &stderr)
	}
	return stdout.String()
}

// TestFieldPages compares the pages about fields with the output of the command.
func TestFieldPages(t *testing.T) {
	const dir = "../../docs/fields"
	pages := map[string]string{
		"README.md": runFields(t, "-o", "markdown") + "\nSee also the [event types](events.md) of the source syscall.\n\n" + typesNote,
		"events.md": runFields(t, "--events", "-o", "markdown"),
	}
	for _, s := range all.Sources() {
		pages[s.Name()+".md"] = runFields(t, "-o", "markdown", s.Name())
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			golden.Check(t, filepath.Join(dir, name), page)
		})
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != len(pages) {
		t.Errorf("%s has %d pages, not %d: %v", dir, len(files), len(pages), err)
	}
}

const typesNote = `## Types

The types are Falco's. ` + "`falcorules fields FIELD`" + ` lists the operators and transformers that accept a field, and
[Operators and transformers](../operators.md) explains them.

| type | values |
|---|---|
| CHARBUF | text |
| FSPATH, FSRELPATH | file path |
| BYTEBUF | bytes |
| INT8 to INT64, UINT8 to UINT64 | integer |
| DOUBLE | floating-point number; rules compare it with whole numbers |
| BOOL | true or false |
| PORT | port number or service name |
| IPADDR | IP address |
| IPNET | IP address that rules compare with networks |
| RELTIME | duration in nanoseconds |
| ABSTIME | nanoseconds since 1970 |
| DYNAMIC | depends on the event |
`

// everyField calls f for every field of every source, and for fields of all types in a
// source that a file defines.
func everyField(t *testing.T, f func(*fieldsets.Source, *fieldsets.Field)) {
	table := "source: every_type\nfields:\n"
	for typ := range fieldsets.NoType {
		for _, form := range []string{"one: %s", "list: list of %s", "key[key]: list of %s", "index([index]): %s", "either[index|key]: %s"} {
			table += fmt.Sprintf("  t%d."+form+"\n", typ, typ)
		}
	}
	more, err := fieldsfile.Read(strings.NewReader(table), "table")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(all.Sources(), more...) {
		for _, field := range s.Fields() {
			f(s, &field)
		}
	}
}

func TestFieldDescriptions(t *testing.T) {
	seen := map[string]string{}
	everyField(t, func(s *fieldsets.Source, f *fieldsets.Field) {
		if s.Name() == "every_type" && f.Plugin == "" {
			return
		}
		switch {
		case f.Desc == "" || !strings.HasSuffix(f.Desc, ".") || len(f.Desc) > 140 || strings.Contains(f.Desc, "\n"):
			t.Errorf("%s: %s: not a sentence of one line: %q", s.Name(), f.Name, f.Desc)
		case seen[s.Name()+f.Desc] != "":
			t.Errorf("%s and %s have the same description", seen[s.Name()+f.Desc], f.Name)
		}
		seen[s.Name()+f.Desc] = f.Name
		if f.Deprecated && !strings.HasPrefix(f.Desc, "Deprecated: ") {
			t.Errorf("%s is deprecated, which its description does not say", f.Name)
		}
	})
}

// TestFieldExamples compiles the example of every field, and a check with every operator:
// exactly the listed operators must accept the field.
func TestFieldExamples(t *testing.T) {
	everyField(t, func(s *fieldsets.Source, f *fieldsets.Field) {
		example := fieldlist.Example(f)
		v := parseAndCheck(example, s)
		if v.stage != "" {
			t.Errorf("%s: %s: %v", s.Name(), example, v.errors[0])
			return
		}
		if testing.Short() || f.Name == "evt.rawarg" { // the latter takes what its parameter takes
			return
		}
		ref, _, _ := strings.Cut(example, " ")
		value := example[strings.LastIndexAny(example, " (")+1:]
		value = strings.TrimSuffix(value, ")")
		takes := map[ast.Operator]bool{}
		for _, op := range fieldlist.Operators(f) {
			takes[op.Op] = true
		}
		for _, op := range ast.Operators() {
			text := ref + " " + string(op.Op)
			switch {
			case op.Class == ast.Membership:
				text += " (" + value + ")"
			case op.Class == ast.Numeric && f.Type.Kind() == ast.KindText:
				text += " 1"
			case op.Op == ast.OpBContains || op.Op == ast.OpBStartsWith:
				text += " 00"
			case op.Class != ast.Unary:
				text += " " + value
			}
			if got := parseAndCheck(text, s).stage == ""; got != takes[op.Op] {
				t.Errorf("%s: compiles: %v, said to: %v", text, got, takes[op.Op])
			}
		}
		for _, tr := range ast.Transformers() {
			if tr.Name != "tolower" && tr.Name != "len" {
				continue // the others have more arguments, or are as tolower
			}
			text := fmt.Sprintf("%s(%s) exists", tr.Name, ref)
			want := !f.NoTransformer && tr.Accepts(f.Type.Kind(), f.List)
			if got := parseAndCheck(text, s).stage == ""; got != want {
				t.Errorf("%s: compiles: %v, said to: %v", text, got, want)
			}
		}
	})
}

// TestReplacedFieldExamples checks that examples also compile if a file gives fields other
// types and arguments.
func TestReplacedFieldExamples(t *testing.T) {
	for _, form := range []string{": bool", ": number", ": list of path", ": address", "[key]: text", "[index]: float", "([index|key]): bytes"} {
		t.Run(subtest.Name(form), func(t *testing.T) {
			for _, old := range all.Sources() {
				table := "source: " + old.Name() + "\nfields:\n"
				for _, f := range old.Fields() {
					if fieldsets.NewSource("").Has(f.Name) && form[0] != ':' {
						continue // which takes no argument
					}
					table += "  " + f.Name + form + "\n"
				}
				definitions, err := fieldsfile.Parse(strings.NewReader(table), "table")
				if err != nil {
					t.Fatal(err)
				}
				source := definitions[0].AddTo(old)
				for _, f := range source.Fields() {
					if v := parseAndCheck(fieldlist.Example(&f), source); v.stage != "" {
						t.Errorf("%s%s: %s: %v", f.Name, form, fieldlist.Example(&f), v.errors[0])
					}
				}
			}
		})
	}
}

// TestParameterExamples compiles the examples of all parameters of events.
func TestParameterExamples(t *testing.T) {
	source := syscall.NewSource()
	seen := map[string]bool{}
	for _, e := range syscall.EventTypes() {
		for _, p := range e.Params {
			for _, ref := range []string{"evt.arg." + p.Name, "evt.rawarg." + p.Name} {
				if seen[ref] {
					continue
				}
				seen[ref] = true
				d, err := detailOf(source, &ast.Field{Name: ref})
				if err != nil {
					t.Errorf("%s: %v", ref, err)
					continue
				}
				example := d.Example()
				if v := parseAndCheck(example, source); v.stage != "" || !strings.HasPrefix(example, ref+" ") {
					t.Errorf("%s: %s: %v", ref, example, v.errors)
				}
			}
		}
	}
	if len(seen) < 200 {
		t.Errorf("%d references", len(seen))
	}
}

// TestFieldsAreRead reads the JSON list of the command as a fields file, which must not change
// any field.
func TestFieldsAreRead(t *testing.T) {
	for _, s := range all.Sources() {
		definitions, err := fieldsfile.Parse(strings.NewReader(runFields(t, "--all", "-o", "json", s.Name())), "list")
		if err != nil || len(definitions) != 1 || len(definitions[0].Fields) != len(s.Fields()) {
			t.Fatalf("%s: got %d definitions, %v", s.Name(), len(definitions), err)
		}
		if got := definitions[0].AddTo(s); got != s {
			t.Errorf("%s: the fields read differ from those printed", s.Name())
		}
	}
}

// TestFalcoList compares the JSON list of the command with that of Falco.
func TestFalcoList(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(conformance.WholeDir(t), "samples", "list-k8s_audit.json"))
	if err != nil {
		t.Fatal(err)
	}
	// facts is a list without descriptions and order.
	facts := func(data []byte) map[string]any {
		var list struct {
			Classes []struct {
				Name    string           `json:"name"`
				Sources []string         `json:"event_sources"`
				Fields  []map[string]any `json:"fields"`
			} `json:"fieldclasses"`
		}
		if err := json.Unmarshal(data, &list); err != nil {
			t.Fatal(err)
		}
		out := map[string]any{}
		for _, class := range list.Classes {
			fields := map[string]any{}
			for _, f := range class.Fields {
				delete(f, "desc")
				fields[f["name"].(string)] = f
			}
			out[class.Name] = []any{class.Sources, fields}
		}
		return out
	}
	if diff := cmp.Diff(facts(data), facts([]byte(runFields(t, "-o", "json", "k8s_audit")))); diff != "" {
		t.Errorf("(-Falco +got):\n%s", diff)
	}
}

func TestWriteRow(t *testing.T) {
	row := []string{"ka.a.rather.long.name", "CHARBUF", "What it is, at length and more."}
	for width, want := range map[int]string{
		0:  "  ka.a.rather.long.name  CHARBUF  What it is, at length and more.\n",
		66: "  ka.a.rather.long.name  CHARBUF  What it is, at length and more.\n",
		60: "  ka.a.rather.long.name  CHARBUF  What it is, at length and…\n",
		40: "  ka.a.rather.long.name\n                        CHARBUF  What it is, at leng…\n",
	} {
		var b strings.Builder
		writeRow(&b, row, columnWidths([][]string{row}), "  ", width)
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("width %d (-want +got):\n%s", width, diff)
		}
	}
}
