package eval

import (
	"regexp/syntax"
	"testing"
)

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
