package eval_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestCompileErrors(t *testing.T) {
	for _, test := range []struct{ condition, want string }{
		{"t.nosuch exists", "source test has no field t.nosuch"},
		{"t.s[1] exists", "field t.s takes no argument"},
		{"t.key exists", "field t.key needs an argument: t.key[…]"},
		{"t.key[bad] exists", "field t.key: bad is no key"},
		{"t.at[x] exists", `field t.at takes an index such as 0 or 1, not "x"`},
		{"t.at[01] exists", `field t.at takes an index such as 0 or 1, not "01"`},
		{"t.list = a", "t.list has a list of values, which takes in, intersects and exists, not ="},
		{"t.s bcontains 00", "t.s is text and does not take bcontains; it takes exists <= < >= > == = != glob iglob contains icontains startswith endswith regex intersects in pmatch"},
		{"evt.num contains 1", "evt.num is a number and does not take contains; it takes exists <= < >= > == = != intersects in"},
		{"evt.num = x", `evt.num is a whole decimal number, not "x"`},
		{"evt.num = 0x10", `evt.num is a whole decimal number, not "0x10"`},
		{"evt.is_async = yes", `evt.is_async is true or false, not "yes"`},
		{"evt.is_async > 1", "evt.is_async is true or false and does not take >; it takes exists == = != intersects in"},
		{"t.s regex '('", "the regular expression is not valid: error parsing regexp: missing closing ): `(`"},
		{"t.s = " + strings.Repeat("x", 256), "the value has 256 bytes, more than 255"},
		{`t.s = "a\x00"`, "a value cannot hold a NUL byte"},
		{"t.s = val(t.list)", "t.s is CHARBUF and t.list is a list of CHARBUF: only like can be compared with like"},
		{"t.s regex val(t.other)", "regex takes constants only, no field on its right"},
		{"tolower(evt.num) = a", "tolower does not take evt.num, which is a number"},
		{"concat(t.s) = a", "concat has 1 of at least 2 arguments: concat(field, \"/\", field)"},
		{"join(t.list, t.list) = a", "the first argument of join is one text; t.list is a list (text)"},
		{"join(',', t.s) = a", "the second argument of join is a list; t.s is text"},
		{"t.s = val(t.other)[x]", "val(…) takes no argument in brackets"},
		{"tolower(t.s, t.s) = a", "tolower has 2 of 1 arguments: tolower(field)"},
		{"t.nosuch exists and t.s[1] exists", "source test has no field t.nosuch"},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			b := eval.NewBuilder(testSource())
			r, err := compile(b, test.condition, "x")
			if err != nil {
				t.Fatalf("%s: %v", test.condition, err)
			}
			// Twice: what failed once is remembered.
			for range 2 {
				err = b.Add(r)
				var errs diag.List
				if !errors.As(err, &errs) || errs[0].Message != test.want {
					t.Errorf("%s:\n got %v\nwant %s", test.condition, err, test.want)
				}
			}
		})
	}
}
