package eval_test

import (
	"testing"

	"github.com/falcorules/falcorules/eval"
)

func FuzzGlob(f *testing.F) {
	f.Add("a*b?[c-e]", "axxbzd")
	f.Add("[!a]\\*", "b*")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 200 || len(s) > 500 {
			return
		}
		b := eval.NewBuilder(testSource())
		r, err := compile(b, "t.s exists", "x")
		if err != nil {
			t.Fatal(err)
		}
		_ = b.Add(r)
		for _, op := range []string{"glob", "iglob", "pmatch", "regex"} {
			right := quote(pattern)
			if op == "pmatch" {
				right = "(" + right + ")"
			}
			r, err := compile(b, "t.s "+op+" "+right, "x")
			if err != nil {
				return // a NUL, or no UTF-8
			}
			_ = b.Add(r) // a bad regex
		}
		ev := testEvent()
		ev.Data.(record)["t.s"] = []string{s}
		b.Engine().NewMatcher(eval.AllMatches).Match(ev)
	})
}
