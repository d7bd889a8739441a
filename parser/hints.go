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

// joinHint helps where and or or should be.
func (s *scanner) joinHint() string {
	if len(s.tokens) == 0 {
		return ""
	}
	last := s.tokens[len(s.tokens)-1]
	switch {
	case last.Type == tokBare && s.operatorBefore(last) != "":
		return s.operatorBefore(last)
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
		if meant := suggest.Operator(op + last.Value); meant != "" {
			return writtenHint(ast.Operator(meant))
		}
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
	case s.has("#"):
		return commentHint
	case last.Type == tokIdent && s.hasOperator() && !isJoin(last.Value):
		if meant := fieldHint(last.Value); meant != "" {
			return fmt.Sprintf("%s was read as a macro; %s", last.Value, meant)
		}
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

// operatorBefore returns foreignSymbol of the operator before a value that was read
// from the rest of a foreign one: => as = and the value >.
func (s *scanner) operatorBefore(value lexer.Token) string {
	if strings.Trim(value.Value, "=<>!~") != "" || len(s.tokens) < 2 {
		return ""
	}
	op := s.tokens[len(s.tokens)-2]
	if op.Type != tokOperator || tokenEnd(op) != value.Pos.Offset {
		return ""
	}
	return s.foreignSymbol(op.Pos.Offset)
}

// hasOperator reports whether an operator follows, of this language or another.
// A colon follows the key of YAML sooner.
func (s *scanner) hasOperator() bool {
	return operatorAt(s.rest()) != nil || !s.has(":") && suggest.Operator(wordAt(s.rest())) != ""
}

func isModifierWord(word string) bool {
	return word == string(ast.OneOf) || word == string(ast.AnyOf) || word == string(ast.AllOf)
}

// isGlued reports whether a word operator and the identifier after it were
// written as one word.
func isGlued(op, ident lexer.Token) bool {
	return op.Type == tokOperator && isWordOperator(ast.Operator(op.Value)) && tokenEnd(op) == ident.Pos.Offset
}

// commentHint is about a # where a check or an and should be.
const commentHint = "a condition has no comments: in a text of several lines # is part of it; put the comment above the key"

// operatorHint helps where an operator should be.
func (s *scanner) operatorHint() string {
	text := s.rest()
	word := wordAt(text)
	if s.has(".") && s.tokens[len(s.tokens)-1].Type == tokRBracket {
		return s.afterArgHint(word)
	}
	foreign := suggest.Operator(word) != ""
	for _, op := range operators {
		if rest, ok := strings.CutPrefix(word, string(op.Op)); ok && op.NeedsBlank && !foreign && !strings.HasPrefix(rest, "_") {
			return fmt.Sprintf("%s needs a blank after it", op.Op)
		}
	}
	lower := strings.ToLower(word)
	switch lower {
	case "is":
		return isHint(text)
	case "isnull", "is_null", "missing":
		return noValueHint
	case "not":
		return notHint(strings.ToLower(wordAt(strings.TrimLeft(text[len(word):], " \t\r\n"))))
	case "between":
		return "write two checks, one with >= and one with <="
	}
	if op, ok := operatorMeant(word); ok {
		return writtenHint(op)
	}
	if hint := ignoreCaseHint(lower); hint != "" {
		return hint
	}
	for _, not := range []string{"not_", "not", "!", "doesnot", "does_not_", "n"} {
		if rest, ok := strings.CutPrefix(lower, not); ok && operatorWord(rest) != "" {
			return notHint(rest)
		}
	}
	return suggest.Hint(word, func(yield func(string) bool) {
		for _, op := range operators {
			if isWordOperator(op.Op) && !yield(string(op.Op)) {
				return
			}
		}
	})
}

// ignoreCaseHint is about an operator with an i before it, as in iendswith, which
// only some have here.
func ignoreCaseHint(word string) string {
	rest, ok := strings.CutPrefix(word, "i")
	op := operatorWord(rest)
	if !ok || op == "" {
		return ""
	}
	if _, known := ast.LookupOperator("i" + op); known {
		return writtenHint("i" + op)
	}
	if info, _ := ast.LookupOperator(op); info.Class != ast.Textual && op != ast.OpEq {
		return ""
	}
	return fmt.Sprintf("to ignore the case of letters write tolower(field) %s …", op)
}

// fieldHint returns a hint about a word that is no field, where it is known what
// people mean by it, or nothing.
func fieldHint(word string) string {
	field, source := suggest.InTable(word)
	if field == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s, a field of source %s?", field, source)
}

// afterArgHint is about a name that goes on behind an argument, with the text
// more, as in spec.volumes[*].name.
func (s *scanner) afterArgHint(more string) string {
	for i := len(s.tokens) - 1; i >= 0; i-- {
		if t := s.tokens[i]; t.Type == tokField {
			if meant := fieldHint(s.text[t.Pos.Offset:s.pos] + more); meant != "" {
				return meant
			}
			break
		}
	}
	return "the name of a field ends before its argument in brackets"
}

// operatorMeant returns the operator that a word of another language means.
func operatorMeant(word string) (ast.Operator, bool) {
	if _, known := ast.LookupOperator(ast.Operator(strings.ToLower(word))); known {
		return ast.Operator(strings.ToLower(word)), true
	}
	op := ast.Operator(suggest.Operator(word))
	return op, op != ""
}

// operatorWord returns the operator that a word is, here or in another language,
// or nothing.
func operatorWord(word string) ast.Operator {
	op, _ := operatorMeant(word)
	return op
}

// writtenHint says what an operator is called here.
func writtenHint(op ast.Operator) string {
	switch op {
	case ast.OpEq:
		return "equality is written ="
	case ast.OpNe:
		return "inequality is written !="
	case ast.OpGe:
		return "greater or equal is written >="
	case ast.OpLe:
		return "less or equal is written <="
	case ast.OpGlob:
		return "shell patterns are written glob"
	case ast.OpRegex:
		return "regular expressions are written regex"
	}
	if isWordOperator(op) {
		return fmt.Sprintf("did you mean %s?", op)
	}
	return fmt.Sprintf("in this language it is written %s", op)
}

// notHint is about a not between a field and the operator called word.
func notHint(word string) string {
	op := operatorWord(word)
	if op == "" || op == ast.OpIn {
		return "not stands before the field: not field in (…)"
	}
	if op == ast.OpExists {
		return fmt.Sprintf("not stands before the field: not field %s", op)
	}
	return fmt.Sprintf("not stands before the field: not field %s …", op)
}

// isHint is about text that begins with is, as SQL has it.
func isHint(text string) string {
	words := append(strings.Fields(strings.ToLower(text[:min(len(text), longestQuote)])), "", "")
	value, negated := words[1], words[1] == "not"
	if negated {
		value = words[2]
	}
	switch strings.TrimRight(value, "),") {
	case "null", "nil", "none", "empty", "missing":
		if negated {
			return "whether there is a value is asked with exists"
		}
		return noValueHint
	}
	if negated {
		return writtenHint(ast.OpNe)
	}
	return writtenHint(ast.OpEq)
}

const noValueHint = "not stands before the field: not field exists"

// foreignSymbol returns a hint about an operator of another language that begins
// with one of ours, as <> and === do, or nothing. The operator begins at start.
func (s *scanner) foreignSymbol(start int) string {
	run := s.text[start:]
	run = run[:cutLen(run, func(c byte) bool { return strings.IndexByte("=<>!~", c) < 0 })]
	if op := ast.Operator(suggest.Operator(run)); op != "" {
		return writtenHint(op)
	}
	return ""
}

// unclosedQuote says that the quote that text begins with is not closed.
func unclosedQuote(text string) *mistake {
	e := &mistake{msg: "this quote is not closed"}
	if i := strings.Index(text, `\`+text[:1]); i > 0 {
		e.hint = `a quote after a backslash does not close; a value that ends in a backslash ends in \x5c`
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
