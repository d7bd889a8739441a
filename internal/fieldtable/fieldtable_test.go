package fieldtable_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/fieldtable"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestParse(t *testing.T) {
	got, err := fieldtable.Parse("# a comment\n\na.b INT16\na.c CHARBUF list [index|key]! no-right hidden # What it is.\n", "p")
	if err != nil {
		t.Fatal(err)
	}
	want := []fieldsets.Field{
		{Name: "a.b", Type: fieldsets.Int16, Plugin: "p"},
		{Name: "a.c", List: true, Arg: fieldsets.IndexOrKeyArg, ArgRequired: true, NoRightSide: true, Hidden: true, Plugin: "p", Desc: "What it is."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for table, want := range map[string]string{
		"a.b":               "line 1, a.b: missing type",
		"#\na.b TEXT":       `line 2, a.b: unknown type "TEXT"`,
		"a.b CHARBUF maybe": `line 1, a.b: unknown flag or argument "maybe"`,
	} {
		t.Run(subtest.Name(table), func(t *testing.T) {
			if _, err := fieldtable.Parse(table, ""); err == nil || err.Error() != want {
				t.Errorf("%q: got %v, want %s", table, err, want)
			}
		})
	}
}
