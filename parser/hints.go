package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/suggest"
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
	case last.Type == tokBare && last.Value == "~" && s.text[last.Pos.Offset-1] == '=':
		return "regular expressions are written regex"
	case last.Type == tokBare && s.has("(") && tokenEnd(last) == s.pos && isModifierWord(last.Value):
		return fmt.Sprintf("%s needs a blank after it", last.Value)
	case last.Type == tokBare && isJoin(last.Value):
		return fmt.Sprintf("the %q before it was read as the value; is the value missing?", last.Value)
	case last.Type == tokIdent && strings.EqualFold(last.Value, "not"):
		return "not is written in small letters"
	case strings.ContainsAny(last.Value+wordAt(s.rest()), smartQuotes):
		return "these quotes are ordinary characters; the language knows \" and '"
	case last.Type == tokIdent && s.has(","):
		return "a list stands in parentheses"
	case last.Type == tokIdent && len(s.tokens) > 1 && isGlued(s.tokens[len(s.tokens)-2], last):
		op := s.tokens[len(s.tokens)-2].Value
		return fmt.Sprintf("%s%s was read as the operator %s and %s", op, last.Value, op, last.Value)
	case last.Type == tokIdent && s.has("(") && tokenEnd(last) == s.pos:
		names := func(yield func(string) bool) {
			for _, t := range ast.Transformers() {
				if !yield(t.Name) {
					return
				}
			}
		}
		if hint := suggest.Hint(last.Value, names); hint != "" {
			return hint
		}
		if last.Value == ast.Val {
			return "val(field) stands on the right of an operator"
		}
		return fmt.Sprintf("there is no transformer %s", last.Value)
	case last.Type == tokIdent && operatorAt(s.rest()) != nil && !isJoin(last.Value):
		return fmt.Sprintf("%s was read as a macro; the name of a field has a dot in it", last.Value)
	}
	switch wordAt(s.rest()) {
	case "adn", "nad", "an":
		return "did you mean and?"
	case "ro":
		return "did you mean or?"
	}
	return ""
}

func isModifierWord(word string) bool {
	return word == string(ast.OneOf) || word == string(ast.AnyOf) || word == string(ast.AllOf)
}

// isGlued reports whether a word operator and the identifier after it were
// written as one word.
func isGlued(op, ident lexer.Token) bool {
	return op.Type == tokOperator && isWordOperator(ast.Operator(op.Value)) && tokenEnd(op) == ident.Pos.Offset
}

// operatorHint helps where an operator should stand.
func operatorHint(text string) string {
	word := wordAt(text)
	for _, op := range operators {
		if op.NeedsBlank && strings.HasPrefix(word, string(op.Op)) {
			return fmt.Sprintf("%s needs a blank after it", op.Op)
		}
	}
	switch {
	case word == "is", word == "equals", word == "eq":
		return "equality is written ="
	case word == "not", word == "notin":
		return "not stands before the field: not field in (…)"
	case word == "like":
		return "shell patterns are written glob"
	case word == "matches", word == "match", word == "~", word == "=~":
		return "regular expressions are written regex"
	}
	return suggest.Hint(word, func(yield func(string) bool) {
		for _, op := range operators {
			if isWordOperator(op.Op) && !yield(string(op.Op)) {
				return
			}
		}
	})
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
		return "one value stands without parentheses; a list goes with in, or with a modifier: contains anyof (…)"
	case strings.HasPrefix(text, "="):
		return "a value with = needs quotes"
	}
	return ""
}
