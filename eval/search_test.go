package eval

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

// TestNeedle compares searches with those of package strings.
func TestNeedle(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	text := func(n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteByte("a/bq"[r.IntN(4)])
		}
		return b.String()
	}
	found := 0
	for range 20000 {
		n, s := text(5), text(30)
		got, want := newNeedle(n).in(s), strings.Contains(s, n)
		if got != want {
			t.Fatalf("%q in %q: %t", n, s, got)
		}
		if got {
			found++
		}
	}
	if found < 2000 || found > 18000 {
		t.Errorf("found %d times, which says little", found)
	}
	for n, want := range map[string]int{"/namespaces/shop/": 13, "": 0, "eee": 0, "/x/": 1} {
		t.Run(subtest.Name(n), func(t *testing.T) {
			if got := newNeedle(n).rare; got != want {
				t.Errorf("%q: rarest byte at %d, want %d", n, got, want)
			}
		})
	}
}

// TestTextSet looks up texts in a set and similar ones.
func TestTextSet(t *testing.T) {
	var list []string
	for i := range 300 {
		list = append(list, strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("/", i%3))
	}
	list = append(list, "", strings.Repeat("long", 300))
	set, want := newTextSet(list), map[string]bool{}
	for _, text := range list {
		want[text] = true
	}
	passed := 0
	for _, text := range list {
		for _, other := range []string{text, text + "x", "x" + text, strings.TrimPrefix(text, "x"), text + text} {
			if set.has(other) != want[other] {
				t.Errorf("%.20q: %t", other, !want[other])
			}
			if !want[other] {
				passed++
			}
		}
	}
	if passed < 100 {
		t.Errorf("only %d texts were not in the set", passed)
	}
}
