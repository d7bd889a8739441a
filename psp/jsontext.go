package psp

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// jsonText returns s as a JSON string, encoded like the API server does.
func jsonText(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings can always be encoded
	}
	return string(data)
}

// jsonInner is jsonText without the quotes.
func jsonInner(s string) string {
	t := jsonText(s)
	return t[1 : len(t)-1]
}

// literal returns a regular expression that matches s.
func literal(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case strings.IndexByte(`.*+?(){}|$[]`, c) >= 0:
			b.WriteString("[" + string(c) + "]")
		case c == '^' || c == '\\':
			b.WriteString(`\` + string(c))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// onlyOf returns regular expressions that all match the JSON text of a list if each of
// its elements is in names. If a single expression would be too long, each of them
// checks only elements that begin with certain characters.
func onlyOf(names []string) []string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	if one := onlyOfThese(sorted, ""); len(one) <= maxValue {
		return []string{one}
	}
	var out []string
	var all string // first characters of the names
	for rest := sorted; len(rest) > 0; {
		n, firsts := 0, ""
		for n < len(rest) {
			end := sameFirst(rest, n)
			more := firsts + first(rest[n])
			if n > 0 && len(onlyOfThese(rest[:end], more)) > maxValue {
				break
			}
			n, firsts = end, more
		}
		out = append(out, onlyOfThese(rest[:n], firsts))
		all += firsts
		rest = rest[n:]
	}
	// No element may begin with another character.
	return append(out, `\[\]?("[`+all+`][^"]*"[],])*`)
}

// first returns the first character of a name, escaped for a character class.
func first(name string) string {
	if name == "" {
		return ""
	}
	if c := name[0]; c == '^' || c == '\\' || c == ']' || c == '-' {
		return `\` + string(c)
	}
	return name[:1]
}

// sameFirst returns the end of the run of names that begin with the same character as
// names[n].
func sameFirst(names []string, n int) int {
	end := n + 1
	for end < len(names) && first(names[end]) == first(names[n]) {
		end++
	}
	return end
}

// onlyOfThese returns an expression for lists whose elements are in names or, if firsts
// is not empty, begin with none of its characters.
func onlyOfThese(names []string, firsts string) string {
	var pieces []string
	for _, n := range names {
		pieces = append(pieces, literal(jsonInner(n)))
	}
	if firsts != "" {
		pieces = append(pieces, `[^"`+firsts+`][^"]*`)
	}
	return `\[\]?("(` + strings.Join(pieces, "|") + `)"[],])*`
}

// otherTexts returns the alternatives of a regular expression for texts in JSON that
// are not empty, not one of texts, and begin with none of the prefixes.
func otherTexts(texts, prefixes []string) []string {
	known := map[string]bool{}
	next := map[string]string{"": ""} // from a beginning to the characters that follow it
	for _, t := range slices.Concat(texts, prefixes) {
		for i := range len(t) {
			if !strings.Contains(next[t[:i]], t[i:i+1]) {
				next[t[:i]] += t[i : i+1]
			}
		}
	}
	for _, t := range texts {
		known[t] = true
		next[t] += ""
	}
	for _, p := range prefixes {
		delete(next, p)
	}
	var out []string
	for _, start := range slices.Sorted(maps.Keys(next)) {
		piece := `[^"` + next[start] + `][^"]*`
		if start != "" && !known[start] {
			piece = "(" + piece + ")?" // or it ends here
		}
		out = append(out, literal(start)+piece)
	}
	return out
}
