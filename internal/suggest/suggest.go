// Package suggest suggests corrections for misspelled names and for terms of other
// languages.
package suggest

import (
	"fmt"
	"iter"
	"strings"
)

// maxWord limits the length of words in bytes, so that they can be compared with thousands
// of candidates.
const maxWord = 64

// Nearest returns the candidate that is most similar to word, or "" if none is similar. If
// several are equally similar, it returns the first one.
func Nearest(word string, candidates iter.Seq[string]) string {
	if len(word) > maxWord {
		return ""
	}
	lower := strings.ToLower(word)
	letters := lettersOf(lower)
	best, nearest := "", mistakes(len(word))+2
	for c := range candidates {
		if len(word) >= 3 && len(c) > len(word) && strings.EqualFold(c[:len(word)], word) {
			// A prefix. A missing letter is more likely than a wrong one.
			if d := min(2, len(c)-len(word)); d < nearest || d == nearest && !strings.HasPrefix(best, word) {
				best, nearest = c, d
			}
			continue
		}
		limit := min(nearest, mistakes(min(len(c), len(word)))+1)
		other := strings.ToLower(c)
		if letters.differ(other, 1) {
			if letters.differ(other, limit) {
				continue
			}
		} else if len(c) == len(word) { // the same letters in another order
			limit = min(nearest, limit+1)
		}
		if d := distance(lower, other, limit); d < limit && !replaced(lower, other, d) {
			best, nearest = c, d
		}
	}
	return best
}

// mistakes returns how many typing mistakes a word of the given length can have.
func mistakes(length int) int {
	if length < 8 {
		return 1
	}
	return 1 + length/6
}

// replaced reports whether two words with distance d are probably different words, because
// they differ in half of their letters, or only in digits.
func replaced(a, b string, d int) bool {
	if len(a) != len(b) || anagrams(a, b) {
		return false
	}
	return len(a) <= 2*d || strings.Map(nonDigits, a) == strings.Map(nonDigits, b)
}

// nonDigits removes digits in strings.Map.
func nonDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}

// Hint returns "did you mean X?" for the nearest candidate, or "".
func Hint(word string, candidates iter.Seq[string]) string {
	if c := Nearest(word, candidates); c != "" {
		return fmt.Sprintf("did you mean %s?", c)
	}
	return ""
}

// HintOf is [Hint] for the names of items.
func HintOf[T any](word string, items []T, name func(T) string) string {
	return Hint(word, func(yield func(string) bool) {
		for _, item := range items {
			if !yield(name(item)) {
				return
			}
		}
	})
}

// letters counts the bytes of a word by their last five bits, which differ between letters.
type letters [32]int8

func lettersOf(word string) (counts letters) {
	for i := range len(word) {
		counts[word[i]&31]++
	}
	return counts
}

// differ reports whether the letters of another word differ so much that the distance must
// be limit or more. This is faster than computing the distance.
func (counts letters) differ(other string, limit int) bool {
	extra, missing := 0, 0
	for i := range len(other) {
		l := other[i] & 31
		if counts[l]--; counts[l] < 0 {
			extra++
		}
	}
	for _, n := range counts {
		missing += int(max(0, n))
	}
	return max(extra, missing) >= limit
}

// distance returns the number of insertions, deletions, replacements and swaps of neighbors
// between a and b, but at most limit. It only looks at pairs of positions that are less
// than limit apart.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	var memory [3 * 2 * maxWord]int
	rows := memory[:]
	n := len(b) + 1
	if 3*n > len(rows) {
		rows = make([]int, 3*n)
	}
	before, last, row := rows[:n], rows[n:2*n], rows[2*n:3*n]
	for j := range last {
		last[j] = j
	}
	leastBefore := 0
	for i := 1; i <= len(a); i++ {
		from, to := max(1, i-limit+1), min(len(b), i+limit-1)
		row[from-1] = limit
		if from == 1 {
			row[0] = i
		}
		least := row[from-1]
		for j := from; j <= to; j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if to < len(b) {
			row[to+1] = limit
		}
		if least >= limit && leastBefore >= limit { // a swap looks back two rows
			return limit
		}
		leastBefore = least
		before, last, row = last, row, before
	}
	return min(limit, last[len(b)])
}
