package eval

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// TestRegexSize checks that short patterns cannot take unlimited memory.
func TestRegexSize(t *testing.T) {
	for _, test := range []struct {
		name    string
		pattern func(i int) string
		most    int // how many of them compile, or 0 if all do
	}{
		{"repetitions", func(i int) string { return fmt.Sprintf("(a|b){1,1000}%d", i) }, 1000},
		{"nested repetitions", func(i int) string { return fmt.Sprintf("((ab?){1,30}c*){30}%d", i) }, 1000},
		{"equal patterns", func(int) string { return "(a|b){1,1000}" }, 0},
		{"plain text", func(i int) string { return fmt.Sprintf("/usr/bin/program%d", i) }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := NewCompiler(fieldsets.NewSource("test"))
			for i := range 3000 {
				x, err := parser.Condition(fmt.Sprintf("evt.source regex '%s'", test.pattern(i)))
				if err != nil {
					t.Fatal(err)
				}
				if _, err = c.Condition(x); err != nil {
					if test.most == 0 || i > test.most || !strings.Contains(err.Error(), "together are too large") {
						t.Errorf("pattern %d: %v", i, err)
					}
					return
				}
			}
			if test.most > 0 {
				t.Error("all compile")
			}
		})
	}
}

func TestCompileRegex(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		same    bool // the pattern means the same in Perl syntax
		yes, no []string
	}{
		{`[^a]`, true, []string{"b", "\n", "Ж"}, []string{"a", "bb"}},
		{`a.c|d`, true, []string{"abc", "d"}, []string{"a\nc", "dd", "abcd"}},
		{`(a|ab)(c|bcd)`, true, []string{"abcd", "ac"}, []string{"abcdx"}},
		{`x{2,3}`, true, []string{"xx", "xxx"}, []string{"x", "xxxx"}},
		{`[[:alpha:]]+[.]`, true, []string{"abc."}, []string{"abc", "1."}},
		{`^a$`, false, []string{"a"}, []string{"b", "\na"}},
		{`a$\n^b`, false, []string{"a\nb"}, []string{"a", "ab"}},
		{`a*?`, false, []string{"", "aaa"}, []string{"a?"}},
		{`a**`, false, []string{"", "aaa"}, []string{"b"}},
		{``, true, []string{""}, []string{"a"}},
	} {
		t.Run(tt.pattern, func(t *testing.T) {
			tree, err := syntax.Parse(tt.pattern, syntax.ClassNL)
			if err != nil {
				t.Fatal(err)
			}
			if got := perlSyntax(tt.pattern, tree) == tt.pattern; got != tt.same {
				t.Errorf("the text is used: %v", got)
			}
			re, err := compileRegex(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range tt.yes {
				if !re.MatchString(text) {
					t.Errorf("does not match %q", text)
				}
			}
			for _, text := range tt.no {
				if re.MatchString(text) {
					t.Errorf("matches %q", text)
				}
			}
		})
	}
	for _, pattern := range []string{`(`, `a)(b`, `\d`, `(?i)a`, `\Qa\E`, `\pL`, `a\z`, `[b-a]`} {
		t.Run("bad "+pattern, func(t *testing.T) {
			if _, err := compileRegex(pattern); err == nil {
				t.Error("compiles")
			}
		})
	}
}
