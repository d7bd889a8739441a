package parser_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

func TestNotices(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"proc.name = bash and not container", nil},
		{"proc.name = “bash”", []string{`1:13: the quotes in “bash” are part of the value; the language knows " and '`}},
		{`proc.name in ("\d")`, []string{"1:14: this list is read as empty, because its first item has an escape that there is not"}},
		{"fd.name = it’s.txt", nil},
		{"proc.name in (“bash”, sh)", []string{`1:15: the quotes in “bash” are part of the value; the language knows " and '`}},
		{"proc.name in ()", nil},
		{"NOT and not", []string{"1:1: NOT is read as the name of a macro here", "1:9: not is read as the name of a macro here"}},
		{"proc.name inshells", []string{"1:13: inshells is read as the operator in and shells"}},
		{"proc.name in(a)", nil},
		{"proc.name = and and fd.name exists", []string{"1:13: and is read as the value of proc.name here"}},
		{"proc.name = or", []string{"1:13: or is read as the value of proc.name here"}},
		{"proc.name contains not", []string{"1:20: not is read as the value of proc.name here"}},
		{"proc.name = 'and'", nil},
		{"proc.name = not-cat", nil},
		{"proc.name startswith or-tools", nil},
		{"fd.name = and.txt", nil},
		{"fd.name contains not_here or fd.name = and/or", nil},
		{"proc.name in (and, or, not)", nil},
	} {
		t.Run(subtest.Name(test.text), func(t *testing.T) {
			x, err := parser.Condition(test.text)
			if err != nil {
				t.Fatalf("%s: %v", test.text, err)
			}
			var got []string
			for _, n := range parser.Notices(test.text, x) {
				got = append(got, n.Error())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.text, diff)
			}
		})
	}
}
