package parser_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

// conditions are conditions with their canonical text or, after !, their first error. They
// are also the seeds of the fuzz targets.
var conditions = []struct{ in, want string }{
	// Logic.
	{"a", "a"},
	{"a and b and c", "(a and b and c)"},
	{"a and b or c and d", "((a and b) or (c and d))"},
	{"a or (b or c)", "(a or (b or c))"},
	{"((a))", "a"},
	{"not a", "not a"},
	{"not not a", "a"},
	{"not not not a", "not a"},
	{"not (not a)", "not not a"},
	{"not(a or b)", "not (a or b)"},
	{"not\va", "not a"},
	{"notx", "notx"},
	{"not", "not"},
	{"a or(b)", "(a or b)"},
	{"a or(b) or c", "(a or b or c)"},
	{"a and(b or c)", "(a and (b or c))"},
	{" \t\r\n\ba ", "a"},
	{"a or(b) and c", `!1:9: expected "and", "or" or the end, found "and"`},
	{"a orb", `!1:3: expected a space or "(" after "or", found "orb"`},
	{"a AND b", `!1:3: expected "and", "or" or the end, found "AND" (use "and")`},
	{"a && b", `!1:3: expected "and", "or" or the end, found "&&" (use "and")`},
	{"a b", `!1:3: expected "and", "or" or the end, found "b"`},
	{"", `!1:1: the condition is empty`},
	{" ", `!1:2: expected a field, a transformer, a macro or "(", found the end`},
	{"a and", `!1:3: an operand of "and" is missing`},
	{"a and ", `!1:7: expected a field, a transformer, a macro or "(", found the end`},
	{"(a", `!1:1: unclosed (`},
	{"a)", `!1:2: unmatched )`},
	{"()", `!1:2: expected a field, a transformer, a macro or "(", found ")"`},

	// Checks.
	{"a.b exists", "a.b exists"},
	{"a.b existsor c", "(a.b exists or c)"},
	{"a.b=c", "a.b = c"},
	{"a.b == c", "a.b == c"},
	{"a.b!=c", "a.b != c"},
	{"a.b>=0x1F", "a.b >= 0x1F"},
	{"a.b < -1.5e+3", "a.b < -1.5e+3"},
	{"a.b contains c", "a.b contains c"},
	{"a.b contains", `!1:5: expected an operator, found "contains" (add a space after contains)`},
	{"a.b contains(c)", `!1:5: expected an operator, found "contains" (add a space after contains)`},
	{"a.b contians c", `!1:5: expected an operator, found "contians" (did you mean contains?)`},
	{"a.b => 1", `!1:8: expected "and", "or" or the end, found "1" (use >= for greater than or equal)`},
	{"a.b", `!1:4: expected an operator, found the end`},
	{"a.b > x", `!1:7: expected a number, val(field) or a transformer, found "x"`},
	{`a.b > "1"`, `!1:7: expected a number, val(field) or a transformer, found "\"1\"" (remove the quotes)`},
	{"a.b = ", `!1:7: expected a value, found the end`},
	{"a.b = (c)", `!1:7: expected a value, found "(" (remove the parentheses, or use in or a modifier for a list: contains anyof (…))`},
	{"a..b exists", `!1:2: expected "and", "or" or the end, found "..b"`},

	// Fields.
	{"a.b[c] exists", "a.b[c] exists"},
	{"a.b['c d'] exists", `a.b["c d"] exists`},
	{`a.b[""] exists`, `a.b[""] exists`},
	{"a.b[] exists", `!1:5: expected an argument, quoted or without spaces, found "]"`},
	{"a.b[c d] exists", `!1:4: unclosed [ (quote an argument that contains spaces)`},
	{"a.b [c] exists", `!1:5: expected an operator, found "[c]"`},

	// Values.
	{`a.b = "c d"`, `a.b = "c d"`},
	{`a.b = ''`, "a.b = "},
	{`a.b = "\x41\n\/"`, `a.b = "A\n/"`},
	{`a.b = "\ c"`, `a.b = "\\c"`},
	{`a.b = 'it\'s'`, `a.b = "it's"`},
	{`a.b = "it\'s"`, `!1:10: invalid escape \' between " quotes: want ' without a backslash`},
	{`a.b = "\q"`, `!1:8: unknown escape \q: want \\ for a backslash`},
	{`a.b = "\x4"`, `!1:8: invalid escape \x: want two hexadecimal digits`},
	{`a.b = "c`, `!1:7: unclosed quote`},
	{`a.b = "c\\"`, `!1:7: unclosed quote (a quote after a backslash does not close the value; write \x5c for a backslash at the end)`},
	{"a.b = c\xffd", `!1:8: expected "and", "or" or the end, found "\xff"`},

	// Lists.
	{"a.b in (c, 'd e',f)", `a.b in (c, "d e", f)`},
	{"a.b in ()", "a.b in ()"},
	{"a.b in mylist", "a.b in mylist"},
	{"a.b inx", "a.b in x"},
	{`a.b in ("\q")`, "a.b in ()"},
	{`a.b in ("\q" )`, `!1:10: unknown escape \q: want \\ for a backslash`},
	{"a.b in (c,)", `!1:11: expected another value after the comma, found ")"`},
	{"a.b in (,c)", `!1:9: expected a value before the comma, found ","`},
	{"a.b in (c d)", `!1:11: expected a comma or ")", found "d"`},
	{"a.b in (c", `!1:8: unclosed list`},
	{"a.b in c, d", `!1:9: expected "and", "or" or the end, found "," (put the list in parentheses)`},
	{"a.b in 5", `!1:8: expected a list in parentheses or the name of a list, found "5"`},

	// Modifiers.
	{"a.b startswith anyof (c, d)", "a.b startswith anyof (c, d)"},
	{"a.b = oneof x", "a.b = oneof x"},
	{"a.b = oneof", "a.b = oneof"},
	{"a.b = allof and c", "(a.b = allof and c)"},
	{"a.b =oneof (c)", `!1:12: expected "and", "or" or the end, found "("`},

	// Transformers, and fields on the right side.
	{"tolower(a.b) = c", "tolower(a.b) = c"},
	{"toupper( tolower( a.b ) ) = c", "toupper(tolower(a.b)) = c"},
	{`concat(a.b, "/", 5, (c.d, 'x')) = e`, "concat(a.b,/,5,(c.d,x)) = e"},
	{"getopt(a.b, 'x')[y] exists", "getopt(a.b,x)[y] exists"},
	{"a.b = val(c.d)", "a.b = val(c.d)"},
	{"a.b in val( c.d[1] )", "a.b in val(c.d[1])"},
	{"a.b = tolower(c.d)", "a.b = tolower(c.d)"},
	{"tolower (a.b) = c", `!1:9: expected "and", "or" or the end, found "("`},
	{"tolower() = c", `!1:9: expected an argument, found ")"`},
	{"tolower(a.b, ) = c", `!1:14: expected another value after the comma, found ")"`},
	{"tolower(a) = c", `!1:9: expected a field, a transformer, a quoted text, a number or a list as an argument of tolower, found "a"`},
	{"val(a.b) = c", `!1:4: expected "and", "or" or the end, found "(" (val(field) is valid only on the right side of an operator)`},
	{"tolowr(a.b) = c", `!1:7: expected "and", "or" or the end, found "(" (did you mean tolower?)`},
	{"a.b inn (c)", `!1:9: expected "and", "or" or the end, found "(" (inn was parsed as the operator in and the name n)`},
	{"name = c", `!1:6: expected "and", "or" or the end, found "=" (name was parsed as a macro; names of fields contain a dot)`},
	{"a adn b", `!1:3: expected "and", "or" or the end, found "adn" (did you mean and?)`},
	{"a.b not in (c)", `!1:5: expected an operator, found "not" (write "not" before the field: not field in (…))`},
	{"a.b contains anyof(c)", `!1:19: expected "and", "or" or the end, found "(" (add a space after anyof)`},
	{"a.b = x\xed\xa0\x80", "a.b = x\xed\xa0\x80"}, // a character to Falco
	{"a.b = x\xc0\x80", `!1:8: expected "and", "or" or the end, found "\xc0"`},
	{"!a", `!1:1: expected a field, a transformer, a macro or "(", found "!a" (use "not")`},
	{"a.b = val(c)", `!1:11: expected a field in val(…), found "c"`},
}

func TestCondition(t *testing.T) {
	for _, test := range conditions {
		t.Run(subtest.Name(test.in), func(t *testing.T) {
			got := ""
			x, err := parser.Condition(test.in)
			var errs diag.List
			switch {
			case errors.As(err, &errs):
				got = "!" + errs[0].Error()
			case err != nil:
				t.Errorf("%q: error of type %T", test.in, err)
			default:
				got = ast.String(x)
			}
			if got != test.want {
				t.Errorf("%q:\n got %s\nwant %s", test.in, got, test.want)
			}
		})
	}
}

// TestConditionWithNames parses conditions that compare with a name, which Condition rejects.
func TestConditionWithNames(t *testing.T) {
	for _, test := range []struct {
		in, want string // no text if there is an error
		plain    bool   // whether Condition accepts it
	}{
		{"a.b <= WARNING and c.d > 3", "(a.b <= WARNING and c.d > 3)", false},
		{"a.b < high", "a.b < high", false},
		{"a.b < val(c.d)", "a.b < val(c.d)", true},
		{"a.b < and c.d exists", "", false},
		{"a.b < c.d", "", false},
		{"a.b <", "", false},
		{"a.b < 'x'", "", false},
	} {
		t.Run(subtest.Name(test.in), func(t *testing.T) {
			x, err := parser.ConditionWithNames(test.in)
			switch {
			case (err == nil) != (test.want != ""):
				t.Errorf("got error %v", err)
			case err == nil && ast.String(x) != test.want:
				t.Errorf("got %s, want %s", ast.String(x), test.want)
			}
			if _, err := parser.Condition(test.in); (err == nil) != test.plain {
				t.Errorf("Condition returns error %v", err)
			}
		})
	}
}

// TestManyErrors parses texts full of mistakes. The number of errors is limited, and the
// time is linear in the length.
func TestManyErrors(t *testing.T) {
	for _, tt := range []struct{ name, start, part string }{
		{"unknown operators", "", "a.b foo or "},
		{"escaped quotes", "a.b foo ", `\" `},
		{"an open text", "a.b = '", `\' x `},
		{"open brackets", "len(%", " and a.b["},
	} {
		t.Run(tt.name, func(t *testing.T) {
			growth.Linear(t, 1000, func(n int) {
				_, err := parser.Condition(tt.start + strings.Repeat(tt.part, n))
				var errs diag.List
				if !errors.As(err, &errs) || len(errs) > 100 {
					t.Errorf("%d errors", len(errs))
				}
			})
		})
	}
}

// TestDepth compares the limits of nesting with those of Falco.
func TestDepth(t *testing.T) {
	nest := func(open string, n int, in, end string) string {
		return strings.Repeat(open, n) + in + strings.Repeat(end, n)
	}
	for _, test := range []struct {
		name string
		text string
		ok   bool
	}{
		{"parentheses around a macro", nest("(", 199, "a", ")"), true},
		{"too many around a macro", nest("(", 200, "a", ")"), false},
		{"parentheses around a check", nest("(", 198, "a.b exists", ")"), true},
		{"too many around a check", nest("(", 199, "a.b exists", ")"), false},
		{"not groups", nest("not(", 248, "a", ")"), true},
		{"too many not groups", nest("not(", 249, "a", ")"), false},
		{"transformers", nest("tolower(", 497, "a.b", ")") + " = c", true},
		{"too many transformers", nest("tolower(", 498, "a.b", ")") + " = c", false},
		{"a long chain", "a" + strings.Repeat(" and a", 20000), true},
		{"300,000 parentheses", strings.Repeat("(", 300000), false},
		{"300,000 transformers", strings.Repeat("tolower(", 300000), false},
		{"300,000 nots", strings.Repeat("not ", 300000) + "a", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := parser.Condition(test.text); (err == nil) != test.ok {
				t.Errorf("%s: got %v", test.name, err)
			}
		})
	}
}

// TestSpans checks the ranges of nodes.
func TestSpans(t *testing.T) {
	const text = "not (proc.name in (a, 'b')\n and tolower(fd.name[x]) startswith anyof (c)) or m"
	x, err := parser.Condition(text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ast.Inspect(x, func(n ast.Node) bool {
		s := n.Range()
		got = append(got, fmt.Sprintf("%T %s-%s %s", n, s.Start, s.End, text[s.Start.Offset:s.End.Offset]))
		return true
	})
	want := []string{
		"*ast.Or 1:1-2:52 " + text,
		"*ast.Not 1:1-2:47 not (proc.name in (a, 'b')\n and tolower(fd.name[x]) startswith anyof (c))",
		"*ast.And 1:6-2:46 proc.name in (a, 'b')\n and tolower(fd.name[x]) startswith anyof (c)",
		"*ast.Check 1:6-1:27 proc.name in (a, 'b')",
		"*ast.Field 1:6-1:15 proc.name",
		"*ast.List 1:19-1:27 (a, 'b')",
		"*ast.Value 1:20-1:21 a",
		"*ast.Value 1:23-1:26 'b'",
		"*ast.Check 2:6-2:46 tolower(fd.name[x]) startswith anyof (c)",
		"*ast.Transform 2:6-2:25 tolower(fd.name[x])",
		"*ast.Field 2:14-2:24 fd.name[x]",
		"*ast.Arg 2:21-2:24 [x]",
		"*ast.List 2:43-2:46 (c)",
		"*ast.Value 2:44-2:45 c",
		"*ast.MacroRef 2:51-2:52 m",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func FuzzCondition(f *testing.F) {
	for _, test := range conditions {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := parser.Condition(text)
		if err == nil && x == nil {
			t.Fatal("neither a tree nor an error")
		}
		var errs diag.List
		if err != nil && (!errors.As(err, &errs) || len(errs) == 0) {
			t.Fatalf("error of type %T", err)
		}
		for _, e := range errs {
			if e.Error() == "" || e.Range.Start.Offset > e.Range.End.Offset || e.Range.End.Offset > len(text) {
				t.Fatalf("error %q at %v", e, e.Range)
			}
		}
		if x == nil {
			return
		}
		ast.Inspect(x, func(n ast.Node) bool {
			if s := n.Range(); s.Start.Offset > s.End.Offset || s.End.Offset > len(text) {
				t.Fatalf("%T at %v", n, s)
			}
			return true
		})
	})
}

// TestConcurrentUse parses on many goroutines, for the race detector.
func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, test := range conditions {
				x, err := parser.Condition(test.in)
				if (err == nil) == strings.HasPrefix(test.want, "!") {
					t.Errorf("%q: got %v", test.in, err)
				}
				if err == nil && ast.String(x) != test.want {
					t.Errorf("%q: got %s", test.in, ast.String(x))
				}
			}
		})
	}
	wg.Wait()
}
