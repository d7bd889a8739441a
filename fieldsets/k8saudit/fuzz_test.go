package k8saudit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

// FuzzFields decodes random bytes and reads all fields of the events.
func FuzzFields(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no events in testdata", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`[{"kind":"EventList","items":[` + event("a") + `,{}]},` + event("b\x00") + `]`))

	type column struct {
		name    string
		list    bool
		extract fieldsets.Extractor
	}
	var columns []column
	for _, source := range []*fieldsets.Source{k8saudit.NewSource(), k8saudit.NewSource(k8saudit.Documented())} {
		for _, field := range source.Fields() {
			args := []*ast.Arg{}
			if !field.ArgRequired {
				args = append(args, nil)
			}
			var texts []string
			switch field.Arg {
			case fieldsets.KeyArg:
				texts = []string{"", "/", "limit", "/etc*", "*", "~1", "/requestObject/spec/containers/0/image"}
			case fieldsets.IndexArg:
				texts = []string{"0", "1", "9223372036854775808", "18446744073709551615"}
			}
			for _, text := range texts {
				args = append(args, &ast.Arg{Text: text})
			}
			for _, arg := range args {
				_, x, err := source.Resolve(&ast.Field{Name: field.Name, Arg: arg})
				if err != nil {
					f.Fatal(err)
				}
				columns = append(columns, column{field.Name, field.List, x})
			}
		}
	}

	f.Fuzz(func(t *testing.T, payload []byte) {
		decoder := k8saudit.NewDecoder(&fieldsets.Stream{})
		var out fieldsets.Values
		each := func(ev *fieldsets.Event) error {
			for _, c := range columns {
				out.Reset()
				c.extract(ev, &out)
				if !c.list && out.Len() > 1 {
					t.Errorf("%s has %d values", c.name, out.Len())
				}
				for _, v := range out.All() {
					if strings.IndexByte(v.Text(), 0) >= 0 {
						t.Errorf("%s has a NUL byte: %q", c.name, v.Text())
					}
				}
			}
			return nil
		}
		if err := decoder.Decode(payload, each); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
		_ = decoder.DecodeItem(payload, each)
	})
}
