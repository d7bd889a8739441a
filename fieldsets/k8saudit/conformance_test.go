package k8saudit_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/conformance"
)

// reference parses a reference such as ka.uri.param[limit].
func reference(text string) *ast.Field {
	name, arg, ok := strings.Cut(text, "[")
	ref := &ast.Field{Name: name}
	if ok {
		ref.Arg = &ast.Arg{Text: strings.TrimSuffix(arg, "]")}
	}
	return ref
}

func TestConformance(t *testing.T) {
	dir := filepath.Join(conformance.Dir(t), "k8s_audit")
	for _, set := range [][2]string{{"events", "fields"}, {"malformed", "malformed-fields"}} {
		type expected struct {
			AuditID string
			Time    string
			Fields  map[string]any
		}
		want := map[string]expected{}
		names := []string{"ka.sourceips", "ka.sourceips[0]"} // without value in Falco
		for _, line := range conformance.Lines(t, filepath.Join(dir, set[1]+".jsonl")) {
			var e expected
			d := json.NewDecoder(bytes.NewReader(line))
			d.UseNumber()
			if err := d.Decode(&e); err != nil {
				t.Fatal(err)
			}
			want[e.AuditID] = e
			for name := range e.Fields {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		names = slices.Compact(names)

		type column struct {
			name    string
			field   *fieldsets.Field
			extract fieldsets.Extractor
		}
		var columns []column
		source := k8saudit.NewSource()
		for _, name := range names {
			f, x, err := source.Resolve(reference(name))
			if err != nil {
				t.Fatal(err)
			}
			columns = append(columns, column{name, f, x})
		}

		compared, equal, values := 0, 0, 0
		decoder := k8saudit.NewDecoder(&fieldsets.Stream{})
		for _, line := range conformance.Lines(t, filepath.Join(dir, set[0]+".jsonl")) {
			var id struct{ AuditID string }
			// Some events have values of wrong types on purpose.
			_ = json.Unmarshal(line, &id)
			w, ok := want[id.AuditID]
			delete(want, id.AuditID)
			n := 0
			err := decoder.Decode(line, func(ev *fieldsets.Event) error {
				n++
				for _, c := range columns {
					var out fieldsets.Values
					c.extract(ev, &out)
					got := jsonValue(c.field, ev, &out)
					wanted := jsonText(t, w.Fields[c.name])
					compared++
					if wanted != "null" {
						values++
					}
					if got == wanted {
						equal++
					} else {
						t.Errorf("%s: %s is %s, want %s", id.AuditID, c.name, got, wanted)
					}
				}
				return nil
			})
			if ok && (n != 1 || err != nil) {
				t.Errorf("%s: %d events, error %v", id.AuditID, n, err)
			}
			if !ok && n != 0 {
				t.Errorf("%s: an event that Falco ignores", id.AuditID)
			}
		}
		for id := range want {
			t.Errorf("%s: no event", id)
		}
		t.Logf("%s: %d of %d equal, %d of them values", set[0], equal, compared, values)
	}
}

// jsonValue returns the value that Falco writes to output_fields.
func jsonValue(f *fieldsets.Field, ev *fieldsets.Event, out *fieldsets.Values) string {
	if f.TimeAsNumber {
		return string(jsonNumber(ev.Time))
	}
	if out.Len() == 0 {
		return "null"
	}
	list := []string{}
	for _, v := range out.All() {
		list = append(list, v.Text())
	}
	var text []byte
	if f.List {
		text, _ = json.Marshal(list)
	} else {
		text, _ = json.Marshal(list[0])
	}
	return string(text)
}

func jsonNumber(n int64) []byte {
	text, _ := json.Marshal(n)
	return text
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
