package rulesfile_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/rulesfile"
)

// tree returns a value as strings, slices and pairs, in which some values are replaced.
func tree(v rulesfile.Value, replaced map[rulesfile.Value]any) any {
	if by, ok := replaced[v]; ok {
		return by
	}
	out := []any{}
	switch {
	case v.IsNull():
		return nil
	case v.IsScalar():
		return v.Text()
	case v.IsList():
		for entry := range v.Entries() {
			out = append(out, tree(entry, replaced))
		}
	default:
		for p := range v.Pairs() {
			out = append(out, [2]any{tree(p.Key, replaced), tree(p.Value, replaced)})
		}
	}
	return out
}

func trees(f *rulesfile.File, replaced map[rulesfile.Value]any) []any {
	var out []any
	for _, d := range f.Documents() {
		out = append(out, tree(d.Value, replaced))
	}
	return out
}

// values returns all values of a file for which a function is true, also keys.
func values(f *rulesfile.File, want func(rulesfile.Value) bool) []rulesfile.Value {
	seen := map[rulesfile.Value]bool{}
	var out []rulesfile.Value
	var visit func(v rulesfile.Value)
	visit = func(v rulesfile.Value) {
		if seen[v] {
			return
		}
		seen[v] = true
		if want(v) {
			out = append(out, v)
		}
		for entry := range v.Entries() {
			visit(entry)
		}
		for p := range v.Pairs() {
			visit(p.Key)
			visit(p.Value)
		}
	}
	for _, d := range f.Documents() {
		visit(d.Value)
	}
	return out
}

// choices makes decisions.
type choices interface{ IntN(n int) int }

// pick returns one of some values.
func pick[T any](c choices, from ...T) T { return from[c.IntN(len(from))] }

// anEdit is an edit of a file, and what it should make of it.
type anEdit struct {
	name     string
	edits    []diag.Edit
	err      error
	replaced map[rulesfile.Value]any
	// keepsComments says that no comment may be lost.
	keepsComments bool
}

var newTexts = []string{
	"", "a", "x y", "# c", ": ", "a: b", "it's", `"`, "\\", "\n", "a\nb", "\n\nc", " d ", "[", "- e", "é", "\t", "null", "*", "&x", "%", "|", ">", "{f}", ", g",
	"\x00", "\u2028", "---", "a #b", "\xff", "\r\n",
}

// yamls are values, and what they are.
var yamls = []struct {
	yaml string
	tree any
}{
	{"x", "x"},
	{"'a: b'", "a: b"},
	{"[a, b]", []any{"a", "b"}},
	{"{a: b}", []any{[2]any{"a", "b"}}},
	{"- a\n- b", []any{"a", "b"}},
	{"a: b\nc: |\n  d", []any{[2]any{"a", "b"}, [2]any{"c", "d\n"}}},
	{">\n  a\n  b", "a b\n"},
	{"|-\n  a\n\n    b", "a\n\n  b"},
	{"\"a\n  b\"", "a b"},
}

// randomEdit returns an edit of the file. It is false if there is nothing to edit.
func randomEdit(c choices, f *rulesfile.File) (anEdit, bool) {
	e := anEdit{replaced: map[rulesfile.Value]any{}, keepsComments: true}
	isText := func(v rulesfile.Value) bool { return v.IsScalar() && !v.IsNull() }
	filled := func(v rulesfile.Value) bool { return !v.IsScalar() && v.Len() > 0 }
	kind := c.IntN(8)
	var found []rulesfile.Value
	switch kind {
	case 0, 1:
		found = values(f, isText)
	case 2, 3, 4, 7:
		found = values(f, func(v rulesfile.Value) bool { return v.IsMapping() && filled(v) })
	default:
		found = values(f, func(v rulesfile.Value) bool { return v.IsList() && filled(v) })
	}
	if len(found) == 0 {
		return e, false
	}
	v := pick(c, found...)
	old, _ := tree(v, nil).([]any)
	y := pick(c, yamls...)
	var changed []any
	switch kind {
	case 0, 1:
		text := v.Text()
		start := c.IntN(len(text) + 1)
		end := start + c.IntN(len(text)-start+1)
		by := pick(c, newTexts...)
		e.name = "replace"
		e.edits, e.err = v.Replace(start, end, by)
		e.replaced[v] = text[:start] + by + text[end:]
		return e, true
	case 2:
		e.name = "add key"
		e.edits, e.err = v.AddKey("new key", y.yaml)
		changed = append(slices.Clone(old), [2]any{"new key", y.tree})
	case 3, 4:
		pairs := slices.Collect(v.Pairs())
		i := c.IntN(len(pairs))
		changed, e.keepsComments = slices.Clone(old), false
		if kind == 3 {
			e.name = "set key"
			e.edits, e.err = pairs[i].Set(y.yaml)
			changed[i] = [2]any{changed[i].([2]any)[0], y.tree}
		} else {
			e.name = "delete key"
			e.edits, e.err = pairs[i].Delete()
			changed = slices.Delete(changed, i, i+1)
		}
	case 7:
		e.name = "sort keys"
		e.edits, e.err = v.SortKeys(func(key string) int { return len(key) })
		changed = slices.Clone(old)
		length := func(pair any) int {
			key, _ := pair.([2]any)[0].(string)
			return len(key)
		}
		slices.SortStableFunc(changed, func(a, b any) int { return length(a) - length(b) })
	case 5:
		e.name = "insert entry"
		i := c.IntN(v.Len() + 1)
		e.edits, e.err = v.InsertEntry(i, y.yaml)
		changed = slices.Insert(slices.Clone(old), i, y.tree)
	default:
		i := c.IntN(v.Len())
		changed, e.keepsComments = slices.Clone(old), false
		if c.IntN(2) == 0 {
			e.name = "set entry"
			e.edits, e.err = v.SetEntry(i, y.yaml)
			changed[i] = y.tree
		} else {
			e.name = "delete entry"
			e.edits, e.err = v.DeleteEntry(i)
			changed = slices.Delete(changed, i, i+1)
		}
	}
	e.replaced[v] = changed
	return e, true
}

// checkEdit applies an edit, and compares the file with what it should be.
func checkEdit(t *testing.T, f *rulesfile.File, text string, e anEdit) (after string, ok bool) {
	t.Helper()
	switch {
	case e.err != nil:
		return "", false
	case len(e.edits) == 0:
		return text, true
	}
	out, err := f.Apply(e.edits)
	if err != nil {
		t.Fatalf("%s: %v", e.name, err)
	}
	after = string(out)
	file, errs := rulesfile.Parse("f.yaml", out)
	if len(errs) > 0 {
		t.Fatalf("%s of %q makes %q: %v", e.name, text, after, errs)
	}
	if diff := cmp.Diff(trees(f, e.replaced), trees(file, nil)); diff != "" {
		t.Fatalf("%s of %q makes %q (-want +got):\n%s", e.name, text, after, diff)
	}
	if e.keepsComments {
		if diff := cmp.Diff(commentTexts(f), commentTexts(file)); diff != "" {
			t.Fatalf("%s of %q makes %q: comments (-want +got):\n%s", e.name, text, after, diff)
		}
	}
	return after, true
}

func commentTexts(f *rulesfile.File) []string {
	var out []string
	for _, c := range f.Comments() {
		out = append(out, c.Text)
	}
	slices.Sort(out)
	return out
}

// TestEdits makes random edits in files, one after the other. Each must change the tree of the
// file as intended, or be an error.
func TestEdits(t *testing.T) {
	for _, nearby := range []int{1 << 10, 8} {
		t.Run(fmt.Sprintf("scans %d bytes", nearby), func(t *testing.T) {
			rulesfile.SetNearby(t, nearby)
			testEdits(t)
		})
	}
}

func testEdits(t *testing.T) {
	names, err := filepath.Glob("../loader/testdata/*/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	var texts []string
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	for _, test := range structureEdits {
		texts = append(texts, test.before, strings.ReplaceAll(test.before, "\n", "\r\n"))
	}
	random := rand.New(rand.NewPCG(1, 2))
	made, refused := map[string]int{}, map[string]int{}
	for range samples.Of(400) {
		text := pick(random, texts...)
		for range 5 {
			f, errs := rulesfile.Parse("f.yaml", []byte(text))
			if len(errs) > 0 {
				break
			}
			e, ok := randomEdit(random, f)
			if !ok {
				break
			}
			after, ok := checkEdit(t, f, text, e)
			if !ok {
				if strings.Contains(e.err.Error(), "cannot be written here") {
					refused[e.name]++
				}
				continue
			}
			made[e.name]++
			text = after
		}
	}
	for name, n := range made {
		if refused[name] > n/2 {
			t.Errorf("%s: %d made, %d refused", name, n, refused[name])
		}
	}
}

// FuzzEdit makes an edit of any file: it must change the tree as intended, or be an error.
func FuzzEdit(f *testing.F) {
	for i, test := range structureEdits {
		f.Add([]byte(test.before), uint64(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		rulesfile.SetNearby(t, 1<<(seed%11))
		file, errs := rulesfile.Parse("f.yaml", data)
		if len(errs) > 0 {
			return
		}
		if e, ok := randomEdit(rand.New(rand.NewPCG(seed, 0)), file); ok && e.err == nil {
			checkEdit(t, file, string(data), e)
		}
	})
}

// FuzzParse reads any file and asks for all that is known about it.
func FuzzParse(f *testing.F) {
	for _, test := range structureEdits {
		f.Add([]byte(test.before))
	}
	f.Add([]byte("kind: ConfigMap\ndata:\n  rules.yaml: \"- macro: m\\n  condition: a # b\\n\"\nbinaryData: {a.yaml: LSBtYWNybzogbQo=}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, errs := rulesfile.Parse("f.yaml", data)
		if len(errs) > 1 {
			t.Errorf("%d errors", len(errs))
		}
		files := []*rulesfile.File{file}
		if unwrapped, ok := file.Unwrap(); ok {
			files = append(files, unwrapped.Files...)
		}
		for _, file := range files {
			checkFile(t, file)
		}
	})
}

func checkFile(t *testing.T, file *rulesfile.File) {
	t.Helper()
	size := len(file.Root().Text()) + len("\ufeff")
	check := func(what string, r diag.Range) {
		if r.File != file.Root().Name() || r.Start.Offset < 0 || r.Start.Offset > size || r.End.IsValid() && (r.End.Offset < r.Start.Offset || r.End.Offset > size) {
			t.Errorf("%s: range %+v in %s of %d bytes", what, r, file.Name(), size)
		}
	}
	for _, v := range values(file, func(rulesfile.Value) bool { return true }) {
		check("value", v.Range())
		for i := range v.Text() {
			check("text", v.TextRange(i, min(i+2, len(v.Text()))))
		}
		for p := range v.Pairs() {
			for _, c := range slices.Concat(p.Comments().Head, p.Comments().Line, p.Comments().Foot) {
				check("comment", c.Range)
			}
		}
	}
	for item := range file.Items() {
		for _, c := range slices.Concat(item.Comments().Head, item.Comments().Line, item.Comments().Foot) {
			check("comment", c.Range)
		}
	}
}
