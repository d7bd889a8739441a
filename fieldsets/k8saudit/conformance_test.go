package k8saudit_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

// conformanceDir returns the folder of what Falco gave for many inputs, or skips
// the test.
func conformanceDir(t *testing.T) string {
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		root, err := filepath.Abs(".")
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			if root == filepath.Dir(root) {
				t.Skip("no go.mod above this folder")
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no conformance data: set FALCORULES_CONFORMANCE (%v)", err)
	}
	return dir
}

// lines calls f for every line of a file that is not blank.
func lines(t *testing.T, path string, f func(line []byte)) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		if len(bytes.TrimSpace(s.Bytes())) > 0 {
			f(s.Bytes())
		}
	}
}

// reference splits ka.uri.param[limit] into name and argument.
func reference(text string) *ast.Field {
	name, arg, ok := strings.Cut(text, "[")
	ref := &ast.Field{Name: name}
	if ok {
		ref.Arg = &ast.Arg{Text: strings.TrimSuffix(arg, "]")}
	}
	return ref
}

func TestConformance(t *testing.T) {
	dir := filepath.Join(conformanceDir(t), "k8s_audit")
	for _, set := range [][2]string{{"events", "fields"}, {"malformed", "malformed-fields"}} {
		type expected struct {
			AuditID string
			Time    string
			Fields  map[string]any
		}
		want := map[string]expected{}
		names := []string{"ka.sourceips", "ka.sourceips[0]"} // Falco gives them no value.
		lines(t, filepath.Join(dir, set[1]+".jsonl"), func(line []byte) {
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
		})
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
		lines(t, filepath.Join(dir, set[0]+".jsonl"), func(line []byte) {
			var id struct{ AuditID string }
			// The events hold values of wrong types on purpose.
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
				t.Errorf("%s: an event that Falco does not take", id.AuditID)
			}
		})
		for id := range want {
			t.Errorf("%s: no event", id)
		}
		t.Logf("%s: %d of %d equal, %d of them values", set[0], equal, compared, values)
	}
}

// jsonValue returns what Falco puts into output_fields.
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
