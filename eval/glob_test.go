package eval

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// definedGlob is globMatch by definition: a * matches any number of bytes.
func definedGlob(pattern, s string, fold bool) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		for i := range len(s) + 1 {
			if definedGlob(pattern[1:], s[i:], fold) {
				return true
			}
		}
		return false
	case s == "":
		return false
	}
	n, ok := matchByte(pattern, s[0], fold)
	return ok && definedGlob(pattern[n:], s[1:], fold)
}

// TestGlobMatch compares matches with the definition, for difficult patterns and for
// random ones.
func TestGlobMatch(t *testing.T) {
	check := func(pattern, s string) {
		t.Helper()
		for _, fold := range []bool{false, true} {
			if got, want := globMatch(pattern, s, fold), definedGlob(pattern, s, fold); got != want {
				t.Errorf("glob %q of %q, ignoring case %v: got %v, want %v", pattern, s, fold, got, want)
			}
		}
	}
	for _, pattern := range []string{"", "*", "**", "*a", "a*", "*a*", "*ab*ab", "*ab*ab*", "a*b?*", `*\*`, `*\a`, "*[", "*[ab]c", "*a[", "*ab?", `*ab\`, "*A*"} {
		for _, s := range []string{"", "a", "ab", "aab", "abab", "ababab", "aba", "*", "a*", "[", "ca[", "acbc", "abx", "abxab", `ab\`, "aAbB"} {
			check(pattern, s)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, length int) string {
		var b strings.Builder
		for range random.IntN(length) {
			b.WriteByte(letters[random.IntN(len(letters))])
		}
		return b.String()
	}
	for range 20_000 {
		check(word(`aab*?[]!\B`, 9), word(`aaabB[]\*`, 9))
	}
}

// BenchmarkGlobLong matches patterns with several parts with a long value.
func BenchmarkGlobLong(b *testing.B) {
	value := strings.Repeat("abc/def ", 32<<10)
	for _, pattern := range []string{"*needle*", "*abc*def*needle", "*[xyz]*"} {
		b.Run(pattern, func(b *testing.B) {
			b.SetBytes(int64(len(value)))
			for b.Loop() {
				if globMatch(pattern, value, false) {
					b.Fatal("matches")
				}
			}
		})
	}
}
