package rulesfile_test

import (
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/rulesfile"
)

// parse reads a file that must be valid.
func parse(t testing.TB, text string) *rulesfile.File {
	t.Helper()
	file, errs := rulesfile.Parse("f.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return file
}

// apply returns the text of a file after edits.
func apply(t testing.TB, file *rulesfile.File, edits []diag.Edit, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	out, err := file.Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// firstItem returns the first item of a file.
func firstItem(file *rulesfile.File) *rulesfile.Item { return file.Documents()[0].Items[0] }

func TestReplace(t *testing.T) {
	for _, test := range []struct {
		text       string // the value of a key
		start, end int
		by, want   string
	}{
		{"a b", 2, 3, "c", "a c"},
		{"a b", 1, 1, "x", "ax b"},
		{"a b", 3, 3, " c", "a b c"},
		{"a b", 0, 3, "", "''"},
		{"a b # c", 2, 3, "x: y", "'a x: y' # c"},
		{"a b", 2, 3, "c #d", "'a c #d'"},
		{"a b", 0, 1, "[x]", "'[x] b'"},
		{"a b", 2, 3, "it's: x", "'a it''s: x'"},
		{"a b", 2, 3, "x\ny", `"a x\ny"`},
		{"a b", 2, 3, "\x01", `"a \x01"`},
		{"a\n    b\n    c", 2, 3, "d", "a\n    d\n    c"},
		{"a\n    b\n    c", 1, 2, " x ", "a x b\n    c"},
		{"a\n    b\n    c", 2, 3, "x: y", "'a\n    x: y\n    c'"},
		{"a\n\n    b", 1, 2, " ", "a b"},
		{"'it''s'", 3, 4, "z", "'it''z'"},
		{"'it''s'", 2, 3, "x", "'itxs'"},
		{"'a'", 1, 1, "'b", "'a''b'"},
		{"'a'", 1, 1, "\n", `"a\n"`},
		{`"a\tb"`, 2, 3, "c\"\\", `"a\tc\"\\"`},
		{`"a\tb"`, 1, 2, " ", `"a b"`},
		{`"é\u00e9x"`, 4, 5, "y", `"é\u00e9y"`},
		{">\n    a\n    b", 0, 1, "c", ">\n    c\n    b"},
		{">\n    a\n    b", 2, 3, "c", ">\n    a\n    c"},
		{">\n    a\n    b\n    c", 1, 4, " x ", ">\n    a x c"},
		{">\n    a\n    b", 0, 0, "x ", ">\n    x a\n    b"},
		{">\n    a\n    b", 3, 3, "\nc", ">\n    a\n    b\n\n    c"},
		{">-  # c\n    a\n    b", 0, 1, " a", "|2- # c\n     a b"},
		{">\n    a\n    b", 0, 4, "c d\n", ">\n    c d"},
		{">\n    a\n    b", 0, 4, "c d", "|-\n    c d"},
		{"|\n    a\n    b", 1, 2, " ", "|\n    a b"},
		{"|\n    a\n    b", 3, 3, "\nc", "|\n    a\n    b\n    c"},
		{"|\n    a\n    b", 4, 4, "c", "|-\n    a\n    b\n    c"},
		{"|\n    a\n    b", 0, 1, "", "|\n    \n    b"},
		{"|\n    a\n    b", 0, 1, "\x01", `"\x01\nb\n"`},
		{"|-\n    # a", 2, 3, "b", "|-\n    # b"},
	} {
		t.Run(subtest.Name(test.text+" "+test.by), func(t *testing.T) {
			before, after := "- macro: m\n  condition: ", "\n  # end\n  append: true\n"
			file := parse(t, before+test.text+after)
			v := firstItem(file).Get("condition")
			want := v.Text()[:test.start] + test.by + v.Text()[test.end:]
			edits, err := v.Replace(test.start, test.end, test.by)
			got := apply(t, file, edits, err)
			if got != before+test.want+after {
				t.Errorf("got %q, want %q", got, before+test.want+after)
			}
			if got := firstItem(parse(t, got)).Get("condition").Text(); got != want {
				t.Errorf("it reads %q, want %q", got, want)
			}
		})
	}
}
