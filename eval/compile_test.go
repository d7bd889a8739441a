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
		{"t.list = a", "t.list is a list and does not accept =; it accepts in, intersects and exists"},
		{"t.s bcontains 00", "t.s is text and does not accept bcontains; it accepts exists, <=, <, >=, >, ==, =, !=, glob, iglob, contains, icontains, startswith, endswith, regex, intersects, in, pmatch"},
		{"evt.num contains 1", "evt.num is a number and does not accept contains; it accepts exists, <=, <, >=, >, ==, =, !=, intersects, in"},
		{"evt.num = x", `invalid value "x" for evt.num: want a whole decimal number`},
		{"evt.num = 0x10", `invalid value "0x10" for evt.num: want a whole decimal number`},
		{"evt.is_async = yes", `invalid value "yes" for evt.is_async: want true or false`},
		{"evt.is_async > 1", "evt.is_async is true or false and does not accept >; it accepts exists, ==, =, !=, intersects, in"},
		{"t.s regex '('", `invalid regular expression: missing closing ): "("`},
		{"t.s = " + strings.Repeat("x", 256), "the value has 256 bytes, want at most 255"},
		{`t.s = "a\x00"`, "a value cannot contain a NUL byte"},
		{"t.s = val(t.list)", "t.s (CHARBUF) and t.list (a list of CHARBUF) cannot be compared: their types differ"},
		{"t.s regex val(t.other)", "regex accepts only values on its right side, not fields"},
		{"tolower(evt.num) = a", "tolower does not accept evt.num, which is a number"},
		{"concat(t.s) = a", "concat has 1 argument, want at least 2: concat(field, \"/\", field)"},
		{"join(t.list, t.list) = a", "the first argument of join must be a single value, not a list; t.list is a list (text)"},
		{"join(',', t.s) = a", "the second argument of join must be a list; t.s is text"},
		{"t.s = val(t.other)[x]", "val(…) accepts no argument in brackets"},
		{"tolower(t.s, t.s) = a", "tolower has 2 arguments, want 1: tolower(field)"},
		{"t.nosuch exists and t.s[1] exists", "source test has no field t.nosuch"},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			b := eval.NewBuilder(testSource())
			r, err := compile(b, test.condition, "x")
			if err != nil {
				t.Fatalf("%s: %v", test.condition, err)
			}
			// Twice, because errors are cached.
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
