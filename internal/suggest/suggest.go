// Package suggest finds what a misspelled word was meant to be.
package suggest

import (
	"fmt"
	"iter"
	"strings"
)

// Nearest returns the candidate that word is most likely a misspelling of, or
// nothing. Of equally near ones the first is returned.
func Nearest(word string, candidates iter.Seq[string]) string {
	if len(word) > 200 {
		return ""
	}
	lower := strings.ToLower(word)
	best, nearest := "", len(word)/4+2
	for c := range candidates {
		if len(word) >= 3 && len(c) > len(word) && strings.EqualFold(c[:len(word)], word) {
			// A shortened word; one letter is missing sooner than another is wrong.
			if d := min(2, len(c)-len(word)); d < nearest || d == nearest && !strings.HasPrefix(best, word) {
				best, nearest = c, d
			}
			continue
		}
		limit := min(nearest, len(c)/3+2)
		if d := len(word) - len(c); d >= limit || -d >= limit {
			continue
		}
		if d := distance(lower, strings.ToLower(c), limit); d < limit {
			best, nearest = c, d
		}
	}
	return best
}

// Hint returns "did you mean X?" for the nearest candidate, or nothing.
func Hint(word string, candidates iter.Seq[string]) string {
	if c := Nearest(word, candidates); c != "" {
		return fmt.Sprintf("did you mean %s?", c)
	}
	return ""
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that make a into b, or returns limit where they are as many or more.
func distance(a, b string, limit int) int {
	var memory [3 * 64]int
	rows := memory[:]
	if n := 3 * (len(b) + 1); n > len(rows) {
		rows = make([]int, n)
	}
	n := len(b) + 1
	before, last, row := rows[:n], rows[n:2*n], rows[2*n:3*n]
	for j := range last {
		last[j] = j
	}
	leastBefore := 0
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
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
		if least > limit && leastBefore > limit { // a swap looks back two rows
			return limit
		}
		leastBefore = least
		before, last, row = last, row, before
	}
	return min(limit, last[len(b)])
}
