package rulesfile_test

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/rulesfile"
)

// TestManyEdits makes an edit of each of n parts of a file. The time must grow linearly.
func TestManyEdits(t *testing.T) {
	const item = "- rule: A shell was started # or not\n  tags: [a, b]\n  condition: evt.type = execve and proc.name in (bash, sh)\n"
	condition := func(start, part, end string) func(n int) string {
		return func(n int) string {
			return "- rule: r\n  condition: " + start + strings.Repeat(part, n) + end + "\n  priority: INFO\n"
		}
	}
	deleteEntries := func(t *testing.T, f *rulesfile.File) {
		items := f.Documents()[0].Items[0].Get("items")
		for i := range items.Len() - 1 {
			check(t, items.DeleteEntry, i)
		}
	}
	replaceWords := func(t *testing.T, f *rulesfile.File) {
		v := f.Documents()[0].Items[0].Get("condition")
		for at := 0; ; {
			n := strings.Index(v.Text()[at:], "name")
			if n < 0 {
				return
			}
			at += n + len("name")
			check(t, func(at int) ([]diag.Edit, error) { return v.Replace(at-len("name"), at, "cwd") }, at)
		}
	}
	for _, test := range []struct {
		name string
		text func(n int) string
		edit func(t *testing.T, f *rulesfile.File)
	}{
		{"entries", func(n int) string { return "- list: l\n  items:\n" + strings.Repeat("    - an item # a comment\n", n) }, deleteEntries},
		{"entries in brackets", func(n int) string { return "- list: l\n  items: [" + strings.Repeat("an item, ", n) + "b]\n" }, deleteEntries},
		{"lines in brackets", func(n int) string {
			return "- list: l\n  items: [\n" + strings.Repeat("    an item,\n", n) + "    b]\n"
		}, deleteEntries},
		{"new keys", func(n int) string { return strings.Repeat(item, n) }, func(t *testing.T, f *rulesfile.File) {
			for i := range f.Documents()[0].Items {
				check(t, func(i int) ([]diag.Edit, error) { return f.Documents()[0].Items[i].AddKey("desc", "A shell.") }, i)
			}
		}},
		{"items", func(n int) string { return strings.Repeat(item, n) }, func(t *testing.T, f *rulesfile.File) {
			for i := range f.Documents()[0].Items {
				check(t, func(i int) ([]diag.Edit, error) { return f.Documents()[0].Items[i].Delete() }, i)
				if i+2 == f.Documents()[0].Len() {
					return
				}
			}
		}},
		{"values", func(n int) string { return strings.Repeat(item, n) }, func(t *testing.T, f *rulesfile.File) {
			for i := range f.Documents()[0].Items {
				check(t, func(i int) ([]diag.Edit, error) { return f.Documents()[0].Items[i].Pair("tags").Set("[c]") }, i)
			}
		}},
		{"words", func(n int) string { return strings.Repeat(item, n) }, func(t *testing.T, f *rulesfile.File) {
			for i := range f.Documents()[0].Items {
				check(t, func(i int) ([]diag.Edit, error) {
					return f.Documents()[0].Items[i].Get("condition").Replace(0, 3, "ev")
				}, i)
			}
		}},
		{"words in brackets", func(n int) string {
			return "- list: l\n  items: [" + strings.Repeat("an item"+strings.Repeat(" of many", 20)+", ", 3*n) + "b]\n"
		}, func(t *testing.T, f *rulesfile.File) {
			for entry := range f.Documents()[0].Items[0].Get("items").Entries() {
				check(t, func(int) ([]diag.Edit, error) { return entry.Replace(0, 1, "c") }, 0)
			}
		}},
		{"words of a plain text", condition("a", " and proc.name = bash", ""), replaceWords},
		{"words in double quotes", condition(`"a`, ` and proc.name = \"bash\"`, `"`), replaceWords},
		{"words in single quotes", condition(`'a`, ` and proc.name = ''bash''`, `'`), replaceWords},
		{"words in lines", condition(">\n    a", "\n    and proc.name = bash", ""), replaceWords},
		{"words in a line of a block", condition("|\n    a", " and proc.name = bash", ""), replaceWords},
	} {
		t.Run(test.name, func(t *testing.T) {
			growth.Linear(t, 100, func(n int) {
				f, errs := rulesfile.Parse("rules.yaml", []byte(test.text(n)))
				if len(errs) > 0 {
					t.Fatal(errs)
				}
				test.edit(t, f)
			})
		})
	}
}

// check fails the test if an edit cannot be made.
func check(t *testing.T, edit func(int) ([]diag.Edit, error), i int) {
	t.Helper()
	if edits, err := edit(i); err != nil || len(edits) == 0 {
		t.Fatalf("%d: %d edits, %v", i, len(edits), err)
	}
}
