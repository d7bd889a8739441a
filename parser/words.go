package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
)

// longestQuote bounds how much of the user's text an error repeats.
const longestQuote = 40

// describe says what text is, for the "found" of an error.
func describe(text string) string {
	if text == "" {
		return "the end"
	}
	if len(text) > longestQuote {
		cut := longestQuote
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		return fmt.Sprintf("%q…", text[:cut])
	}
	return fmt.Sprintf("%q", text)
}

// wordAt returns the word that text begins with: up to a blank, a parenthesis
// or a comma, and one character at least.
func wordAt(text string) string {
	n := cutLen(text, func(c byte) bool { return isSpace(c) || c == '(' || c == ')' || c == ',' })
	if n == 0 && text != "" {
		_, n = utf8.DecodeRuneInString(text)
	}
	return text[:n]
}

// smartQuotes are the quotes that word processors and chats make of " and '.
const smartQuotes = "“”„‟‘’‚‛«»"

// joinHint helps where and or or should stand.
func (s *scanner) joinHint() string {
	if len(s.tokens) == 0 {
		return ""
	}
	last := s.tokens[len(s.tokens)-1]
	switch {
	case last.Type == tokBare && (last.Value == ">" || last.Value == "<") && s.text[last.Pos.Offset-1] == '=':
		// "=>" was read as = and a value.
		return fmt.Sprintf("%s or equal is written %s=", map[string]string{">": "greater", "<": "less"}[last.Value], last.Value)
	case last.Type == tokBare && isJoin(last.Value):
		return fmt.Sprintf("the %q before it was read as the value; is the value missing?", last.Value)
	case last.Type == tokIdent && strings.EqualFold(last.Value, "not"):
		return "not is written in small letters"
	case strings.ContainsAny(last.Value+wordAt(s.rest()), smartQuotes):
		return "these quotes are ordinary characters; the language knows \" and '"
	case last.Type == tokIdent && s.has(","):
		return "a list stands in parentheses"
	}
	return ""
}

// operatorHint helps where an operator should stand.
func operatorHint(text string) string {
	word := wordAt(text)
	for _, op := range ast.Operators() {
		if op.NeedsBlank && strings.HasPrefix(word, string(op.Op)) {
			return fmt.Sprintf("%s needs a blank after it", op.Op)
		}
	}
	switch {
	case word == "is", word == "equals", word == "eq":
		return "equality is written ="
	case word == "matches", word == "match", word == "~", word == "=~":
		return "regular expressions are written regex"
	}
	if near := nearest(strings.ToLower(word)); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return ""
}

// unclosedQuote says that the quote that text begins with is not closed.
func unclosedQuote(text string) *Error {
	e := &Error{Msg: "this quote is not closed"}
	if i := strings.Index(text, `\`+text[:1]); i > 0 {
		e.Hint = `a quote after a backslash does not close; a value that ends in a backslash ends in \x5c`
	}
	return e
}

// valueHint helps where a value should stand.
func valueHint(text string) string {
	switch {
	case strings.HasPrefix(text, "("):
		return "one value is written without parentheses; a list goes with in"
	case strings.HasPrefix(text, "="):
		return "a value with = needs quotes"
	}
	return ""
}

// nearest returns the operator that word is a misspelling of, or nothing.
func nearest(word string) string {
	best, bestDistance := "", 3
	for _, op := range ast.Operators() {
		name := string(op.Op)
		if len(name) < 2 || len(word) < 2 || len(word) > 2*len(name) {
			continue
		}
		if d := editDistance(word, name); d < bestDistance && d < len(name)/2+1 {
			best, bestDistance = name, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that make a into b.
func editDistance(a, b string) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
