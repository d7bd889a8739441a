package format

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

func TestConditionLine(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"a.b=c", "a.b = c"},
		{"a.b==c", "a.b == c"},
		{" a\n  and\tb ", "a and b"},
		{"a and(b or c)", "a and (b or c)"},
		{"not(a)", "not (a)"},
		{"not  not a", "not not a"},
		{"not\v\f(a)", "not (a)"},
		{"( (a) )", "((a))"},
		{"(a or b)and c", "(a or b) and c"},
		{"(not(a)and b)or(c)", "(not (a) and b) or (c)"},
		{"(not) and (and or or)", "(not) and (and or or)"},
		{"a.b in(c,\"d\"  ,'e f')", "a.b in (c, \"d\", 'e f')"},
		{"a.b in ()", "a.b in ()"},
		{"a.b inlist", "a.b in list"},
		{"a.b in list", "a.b in list"},
		{"a.b pmatch (list, /x)", "a.b pmatch (list, /x)"},
		{"a.b startswith  anyof \n(c,d)", "a.b startswith anyof (c, d)"},
		{"a.b=anyof (c)", ""},
		{"a.b=anyof and c", "a.b = anyof and c"},
		{"a.b exists", "a.b exists"},
		{"a.b[ 'x' ] exists", ""},
		{"a.b[\"x y\"]>5", "a.b[\"x y\"] > 5"},
		{"concat( a.b,'x',5 )[y]=val( c.d )", "concat(a.b, 'x', 5)[y] = val(c.d)"},
		{"join(',',(a.b,c.d)) exists", "join(',', (a.b, c.d)) exists"},
		{"a.b = \"it\\x41\\\"  b\"", "a.b = \"it\\x41\\\"  b\""},
		{"a.b = \"c\nd\"", ""},
		{"a.b = c and", ""},
		{"", ""},
		{"and a", "and a"},
		{"and(a or b)", "and (a or b)"},
		{"or a and b", "or a and b"},
		{"and a or(b)", "and a or (b)"},
		{"and", "and"},
		{"base or base", "base or base"},
		{"and base or base", "and base or base"},
		{"and and or", "and and or"},
		{"or) x (a", ""},
	} {
		t.Run(subtest.Name(tt.text), func(t *testing.T) {
			got := ""
			if c, ok := newCondition(tt.text); ok {
				got = c.line()
			}
			if got != tt.want {
				t.Errorf("%q:\n got %q\nwant %q", tt.text, got, tt.want)
			}
		})
	}
}

// checkLayout checks the lines of a condition.
func checkLayout(t *testing.T, text string, width int) {
	t.Helper()
	c, ok := newCondition(text)
	if !ok {
		return
	}
	lines := strings.Join(c.lines(width, false), "\n")
	if got, want := squeeze(lines), squeeze(text); got != want {
		t.Errorf("%q: other words:\n got %s\nwant %s", text, got, want)
	}
	if x, err := parser.Condition(text); err == nil {
		y, err := parser.Condition(lines)
		if err != nil || !ast.Equal(x, y) {
			t.Errorf("%q: the meaning is not that of\n%s", text, lines)
		}
	}
	again, ok := newCondition(lines)
	if !ok || strings.Join(again.lines(width, false), "\n") != lines {
		t.Errorf("%q: the second time is different from\n%s", text, lines)
	}
	if c.width != utf8.RuneCountInString(c.line()) {
		t.Errorf("%q: the width is %d, not %d", text, c.width, utf8.RuneCountInString(c.line()))
	}
	for _, line := range c.lines(width, false) {
		if line != strings.TrimRight(line, " ") || strings.TrimSpace(line) == "" {
			t.Errorf("%q: the line %q ends with a blank", text, line)
		}
	}
}

func TestConditionConformance(t *testing.T) {
	dir := conformance.Dir(t)
	conformance.Run(t, filepath.Join(dir, "parser-generated.jsonl"), func(t *testing.T, row struct{ Filter string }) {
		checkLayout(t, row.Filter, 30)
	})
}

func FuzzCondition(f *testing.F) {
	f.Add("and not (a.b=c or not(d)) and concat(a.b,'x')[y] in(a, \"b c\",d)", 10)
	f.Add("a and b or (c and (d or e)) and not not a.b startswith anyof (f, g)", 5)
	f.Fuzz(checkLayout)
}
